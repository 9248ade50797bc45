"""The digest of an object: the same for the same object wherever it is looked at, another one for whatever was changed."""

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model import labels
from infra.model.digest import canonical, digest_of

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "east-education-prod", "labels": {"app": "web"}, "annotations": {"why": "a fair"}},
    "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}], "externalIPs": []},
}
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def digest(thing: dict[str, Any]) -> str:
    return digest_of(canonical(thing))


def changed(*path: str, value: object) -> dict[str, Any]:
    found = copy.deepcopy(SERVICE)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


def test_the_digest_is_that_of_the_plainest_text() -> None:
    text = '{"a":[1,{"c":"市"}],"b":true}'
    assert digest_of({"b": True, "a": [1.0, {"c": "市", "d": None}]}) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "path",
    [
        ("status",),
        *(("metadata", key) for key in ("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation")),
        *(("metadata", key) for key in ("managedFields", "resourceVersion", "selfLink", "uid")),
        ("metadata", "annotations", labels.WAIVER),
        ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
        ("metadata", "annotations", "deployment.kubernetes.io/revision"),
        ("metadata", "annotations", "pulumi.com/patchForce"),
    ],
    ids=".".join,
)
def test_what_others_write_into_an_object_is_no_part_of_it(path: tuple[str, ...]) -> None:
    assert digest(changed(*path, value="any")) == digest(SERVICE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("kind",), "Endpoints"),
        (("apiVersion",), "v2"),
        (("metadata", "name"), "other"),
        (("metadata", "namespace"), "west-education-prod"),
        (("metadata", "labels"), {"app": "other"}),
        (("metadata", "annotations"), {"why": "another fair"}),
        (("metadata", "annotations", "kubectl.kubernetes.io/default-container"), "web"),
        (("metadata", "ownerReferences"), [{"name": "any"}]),
        (("metadata", "finalizers"), ["any"]),
        (("metadata",), {}),
        (("spec", "type"), "LoadBalancer"),
        (("spec", "ports"), [{"port": 80, "nodePort": 30081}]),
        (("spec", "ports"), [{"nodePort": 30080, "port": 80}, {"port": 81}]),
        (("spec", "externalIPs"), ["192.0.2.1"]),
        (("spec", "status"), "any"),
    ],
)
def test_whatever_is_changed_changes_the_digest(path: tuple[str, ...], value: object) -> None:
    assert digest(changed(*path, value=value)) != digest(SERVICE)


def test_no_annotations_and_none_that_count_are_the_same() -> None:
    without = changed("metadata", "annotations", value=None)
    assert digest(changed("metadata", "annotations", value={labels.WAIVER: "any"})) == digest(without)
    assert digest(without) != digest(SERVICE)


@pytest.mark.parametrize("thing", [{"a": float("nan")}, {"a": float("inf")}, {1: "a"}, {"a": object()}, {"a": [{2: "b"}]}])
def test_what_is_no_data_has_no_digest(thing: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"JSON|text"):
        digest_of(thing)


@pytest.mark.parametrize(
    "metadata", [None, 7, "text", [], {"annotations": "text"}, {"annotations": [1]}, {"annotations": {7: "a"}}]
)
def test_metadata_that_are_none_are_taken_as_they_are(metadata: object) -> None:
    canonical({"kind": "Service", "metadata": metadata})


def as_floats(thing: Any) -> Any:  # noqa: ANN401 - any data
    """Return data as Pulumi's engine hands them over: keys in another order, and every number with a point."""
    if isinstance(thing, dict):
        return {key: as_floats(thing[key]) for key in reversed(thing)}
    if isinstance(thing, list):
        return tuple(as_floats(each) for each in thing)
    return float(thing) if isinstance(thing, int) and not isinstance(thing, bool) and abs(thing) < 2**53 else thing


def without_nulls(thing: Any) -> Any:  # noqa: ANN401 - any data
    if isinstance(thing, dict):
        return {key: without_nulls(value) for key, value in thing.items() if value is not None}
    return [without_nulls(each) for each in thing] if isinstance(thing, list) else thing


@given(st.dictionaries(st.text(max_size=3), DATA, max_size=4))
def test_the_way_data_are_written_down_does_not_matter(thing: dict[str, Any]) -> None:
    assert digest_of(as_floats(thing)) == digest_of(thing) == digest_of(without_nulls(thing))


@given(st.dictionaries(st.text(max_size=3), DATA, max_size=3), st.dictionaries(st.text(max_size=3), DATA, max_size=3))
def test_equal_digests_mean_equal_data(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = repr(ordered(without_nulls(one))) == repr(ordered(without_nulls(other)))
    assert (digest_of(one) == digest_of(other)) == same


def ordered(thing: Any) -> Any:  # noqa: ANN401 - any data
    if isinstance(thing, dict):
        return {key: ordered(thing[key]) for key in sorted(thing)}
    return [ordered(each) for each in thing] if isinstance(thing, list) else thing
