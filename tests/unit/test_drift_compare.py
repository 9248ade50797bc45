"""What counts as a difference between a declared object and a live one."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityfabric.drift.compare import UNTOLD, Change, changes, removal
from cityfabric.drift.live import plural

POLICY: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {
        "name": "allow-environment",
        "namespace": "a-b-prod",
        "labels": {"app.kubernetes.io/managed-by": "cityfabric"},
        "annotations": {"pulumi.com/patchForce": "true"},
    },
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"podSelector": {}}]}]},
}


def live(document: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return an object as the API server gives it."""
    found = deepcopy(document)
    found["metadata"] |= {"uid": "u", "resourceVersion": "7", "creationTimestamp": "now", "managedFields": [], "generation": 2}
    return found | fields


def changed(document: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    found = live(document)
    *folders, last = path.split(".")
    place = found
    for folder in folders:
        place = place.setdefault(folder, {})
    place[last] = value
    return found


def test_an_object_as_it_was_applied_is_as_declared() -> None:
    assert changes(POLICY, live(POLICY)) == []


@pytest.mark.parametrize(
    ("path", "value", "declared"),
    [
        ("spec.ingress", [{"from": [{"podSelector": {}}]}, {}], POLICY["spec"]["ingress"]),  # a rule that opens everything
        ("spec.ingress", [{"from": [{"namespaceSelector": {}}]}], POLICY["spec"]["ingress"]),
        ("spec.egress", [{}], None),  # a field that was not declared
        ("spec.policyTypes", ["Ingress", "Egress"], ["Ingress"]),
        ("spec.podSelector", {"matchLabels": {"a": "b"}}, None),
    ],
)
def test_what_opens_or_closes_counts(path: str, value: object, declared: object) -> None:
    found = changes(POLICY, changed(POLICY, path, value))
    if path == "spec.podSelector":
        assert found == [Change("spec.podSelector.matchLabels", None, {"a": "b"})]
    else:
        assert found == [Change(path, declared, value)]


def test_a_declared_field_that_is_gone_counts() -> None:
    found = live(POLICY)
    del found["spec"]["ingress"]
    assert changes(POLICY, found) == [Change("spec.ingress", POLICY["spec"]["ingress"], None)]


def test_labels_of_anybody_count_and_annotations_of_ours_do() -> None:
    found = live(POLICY)
    found["metadata"]["labels"] |= {"x": "y"}
    found["metadata"]["annotations"] |= {"cityfabric.io/title": "z", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    assert [change.field for change in changes(POLICY, found)] == [
        "metadata.annotations.cityfabric.io/title",
        "metadata.labels.x",
    ]


def test_what_the_api_server_adds_to_a_namespace_is_no_difference() -> None:
    declared = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": {"l": "v"}}}
    found = live(declared, spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"})
    found["metadata"]["labels"]["kubernetes.io/metadata.name"] = "a"
    assert changes(declared, found) == []


def test_of_kinds_that_the_api_server_completes_only_what_was_declared_counts() -> None:
    spec = {"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": "i:1"}]}}}
    declared = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"}, "spec": spec}
    found = live(declared)
    found["spec"] |= {"progressDeadlineSeconds": 600}
    found["spec"]["template"]["spec"] |= {"containers": [{"name": "c", "image": "i:1", "terminationMessagePath": "/x"}]}
    assert changes(declared, found) == []
    found["spec"]["template"]["spec"]["containers"][0]["image"] = "i:2"
    assert [change.field for change in changes(declared, found)] == ["spec.template.spec.containers[0].image"]


SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "authentication", "namespace": "n"},
    "spec": {"type": "ExternalName", "externalName": "a.zone-b.svc.cluster.local", "sessionAffinity": "None"},
}
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "cityfabric-authentication", "namespace": "n"},
    "type": "servicebinding.io/oidc",
    "data": {"host": "YQ==", "port": "MQ=="},
}


def test_what_the_api_server_adds_to_a_service_is_no_difference_and_all_else_is() -> None:
    added = {"clusterIP": "10.0.0.1", "clusterIPs": [], "ipFamilies": [], "ipFamilyPolicy": "x", "internalTrafficPolicy": "y"}
    assert changes(SERVICE, live(SERVICE, spec=SERVICE["spec"] | added, status={"loadBalancer": {}})) == []
    turned = {"type": "ClusterIP", "selector": {"app": "sly"}, "externalIPs": ["10.79.0.10"]}
    found = live(SERVICE, spec=SERVICE["spec"] | turned)
    assert [change.field for change in changes(SERVICE, found)] == ["spec.externalIPs", "spec.selector", "spec.type"]
    assert removal(SERVICE, found) == {"spec": {"selector": None, "externalIPs": None}}


def test_what_a_secret_says_is_compared_and_never_told() -> None:
    found = changes(SECRET, live(SECRET, data={"host": "ZXZpbA==", "password": "aHVudGVyMg=="}))
    assert found == [
        Change("data.host", UNTOLD, UNTOLD),
        Change("data.password", None, UNTOLD),
        Change("data.port", UNTOLD, None),
    ]
    assert changes(SECRET, live(SECRET, data=None)) == [Change("data", UNTOLD, None)]
    assert changes(SECRET, live(SECRET, type="Opaque")) == [Change("type", "servicebinding.io/oidc", "Opaque")]


def test_what_stands_beside_the_declared_fields_is_removed_and_nothing_else() -> None:
    found = live(POLICY, spec=POLICY["spec"] | {"egress": [{}], "policyTypes": ["Ingress", "Egress"]})
    found["metadata"]["labels"] |= {"x": "y"}
    found["metadata"]["annotations"] |= {"cityfabric.io/title": "z", "of-another": "stays"}
    beside = {"labels": {"x": None}, "annotations": {"cityfabric.io/title": None}}
    assert removal(POLICY, found) == {"metadata": beside, "spec": {"egress": None}}
    assert removal(POLICY, live(POLICY)) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_whatever_a_policy_says_another_spec_is_found_and_the_same_is_not(one: object, other: object) -> None:
    first, second = POLICY | {"spec": {"x": one}}, POLICY | {"spec": {"x": other}}
    assert changes(first, live(first)) == []
    assert bool(changes(first, live(second))) == (one != other and not both_say_nothing(one, other))


def both_say_nothing(one: object, other: object) -> bool:
    """Say whether two values differ only in members that are null, which the API server never writes."""
    return without_null(one) == without_null(other)


def without_null(value: object) -> object:
    if isinstance(value, dict):
        return {key: without_null(each) for key, each in value.items() if each is not None}
    return value


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("NetworkPolicy", "networkpolicies"),
        ("StorageClass", "storageclasses"),
        ("Gateway", "gateways"),
        ("Namespace", "namespaces"),
        ("Secret", "secrets"),
        ("Service", "services"),
    ],
)
def test_kinds_have_their_paths(kind: str, path: str) -> None:
    assert plural(kind) == path
