"""What somebody in a tenant could make to get round its bounds: none of it is let in, whoever makes it."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.model import labels
from infra.tenancy.roles import CATALOGUE, DEPLOYER
from tests.people import Office, Person, holdings, the_city
from tests.town import good, pod

pytestmark = pytest.mark.e2e

ROLES = sorted(CATALOGUE)
CORE, RBAC, NETWORK = "/api/v1", "/apis/rbac.authorization.k8s.io/v1", "/apis/networking.k8s.io/v1"
DISCOVERY = "/apis/discovery.k8s.io/v1"
MERGE = "application/merge-patch+json"


def refused(answer: tuple[int, dict[str, Any]]) -> bool:
    """Say whether RBAC, a quota, pod security or a guard refused it."""
    return answer[0] == 403


def weakening(namespace: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what would weaken a tenant's bounds if somebody in it could make it: path and object, by what it is."""
    everything = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    someone = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}
    endpoint = {"addresses": ["10.78.0.9"], "conditions": {"ready": True}}
    made: dict[str, tuple[str, dict[str, Any]]] = {
        "a network policy": (f"{NETWORK}/namespaces/{namespace}/networkpolicies", {"spec": everything}),
        "a binding": (f"{RBAC}/namespaces/{namespace}/rolebindings", {"roleRef": role, "subjects": [someone]}),
        "a role": (f"{RBAC}/namespaces/{namespace}/roles", {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}),
        "a cluster role": (f"{RBAC}/clusterroles", {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}),
        "a cluster-wide binding": (f"{RBAC}/clusterrolebindings", {"roleRef": role, "subjects": [someone]}),
        "a quota": (f"{CORE}/namespaces/{namespace}/resourcequotas", {"spec": {"hard": {"pods": "1000"}}}),
        "a limit range": (
            f"{CORE}/namespaces/{namespace}/limitranges",
            {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "99"}}]}},
        ),
        "endpoints": (
            f"{CORE}/namespaces/{namespace}/endpoints",
            {"subsets": [{"addresses": [{"ip": "10.78.0.9"}], "ports": [{"port": 80}]}]},
        ),
        "an endpoint slice": (
            f"{DISCOVERY}/namespaces/{namespace}/endpointslices",
            {"addressType": "IPv4", "endpoints": [endpoint], "ports": [{"port": 80}]},
        ),
        "a priority class": ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1_000_000}),
        "an admission policy": ("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies", {"spec": {}}),
        "a webhook": ("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {"webhooks": []}),
        "a resource definition": ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {"spec": {}}),
        "a volume of the node": (
            f"{CORE}/persistentvolumes",
            {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/"}}},
        ),
        "a token": (f"{CORE}/namespaces/{namespace}/serviceaccounts/{DEPLOYER}/token", {"spec": {}}),
        "a token of default": (f"{CORE}/namespaces/{namespace}/serviceaccounts/default/token", {"spec": {}}),
    }
    for place, port in (("nodeports", {"type": "NodePort"}), ("loadbalancers", {"type": "LoadBalancer"})):
        spec = {"ports": [{"port": 80}], **port}
        made[f"a service with {place}"] = (f"{CORE}/namespaces/{namespace}/services", {"spec": spec})
    services: dict[str, dict[str, Any]] = {
        "a load balancer without node ports": {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False},
        "a service with an outside address": {"externalIPs": ["10.79.0.10"]},
        "a name of another tenant's service": {
            "type": "ExternalName",
            "externalName": "app.west-statistics-prod.svc.cluster.local",
        },
    }
    for what, more in services.items():
        made[what] = (f"{CORE}/namespaces/{namespace}/services", {"spec": {"ports": [{"port": 80}], **more}})
    secret = {"type": "kubernetes.io/service-account-token"}
    for account in (DEPLOYER, "default"):
        notes = {"annotations": {"kubernetes.io/service-account.name": account}}
        made[f"a token of {account} that never lapses"] = (
            f"{CORE}/namespaces/{namespace}/secrets",
            {"metadata": notes, **secret},
        )
    return made


@pytest.mark.parametrize("role", ROLES)
def test_nobody_makes_what_would_weaken_the_bounds(everybody: dict[str, Person], role: str) -> None:
    person = everybody[role]
    api, passed = person.api(), []
    for what, (path, document) in weakening(person.homes[0]).items():
        named = {**document, "metadata": {"name": "weaker", **document.get("metadata", {})}}
        if not refused(answer := api.ask("POST", path, named)):
            passed.append((what, *answer))
    assert passed == []


def pods() -> dict[str, dict[str, Any]]:
    """Return pods that would get round the bounds, by what they do."""
    changes: dict[str, dict[str, Any]] = {
        "pushes others out": {"priorityClassName": "system-node-critical"},
        "pushes others out as the cluster": {"priorityClassName": "system-cluster-critical"},
        "goes before others": {"priorityClassName": "platform-critical"},
        "chooses its node": {"nodeName": "sandbox-node"},
        "tolerates everything": {"tolerations": [{"operator": "Exists"}]},
        "goes to nodes of others": {"tolerations": [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists"}]},
        "is the pipeline": {"serviceAccountName": DEPLOYER, "automountServiceAccountToken": True},
        "is the pipeline by its older name": {"serviceAccount": DEPLOYER, "automountServiceAccountToken": True},
        "is on the node's network": {"hostNetwork": True},
        "sees the node's processes": {"hostPID": True},
        "reads the node's files": {"volumes": [{"name": "node", "hostPath": {"path": "/"}}]},
    }
    made = {what: {**pod("sly", "serve", "8443")["spec"], **change} for what, change in changes.items()}
    privileged = pod("sly", "serve", "8443")["spec"]
    privileged["containers"][0]["securityContext"] = {"privileged": True}
    return {**made, "is privileged": privileged}


@pytest.mark.parametrize("what", pods())
def test_no_pod_gets_round_the_bounds(everybody: dict[str, Person], office: Office, what: str) -> None:
    """Whoever makes the pod: a person, or the cluster for somebody's deployment."""
    home = everybody[DEPLOYER].homes[0]
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "sly"}, "spec": pods()[what]}
    for person in [*everybody.values(), office.platform]:
        status, found = person.api().ask("POST", f"{CORE}/namespaces/{home}/pods?dryRun=All", document)
        assert (status, what) == (403, what), f"{person.role}: {found.get('message')}"
        assert "quota" not in str(found["message"]), "refused for another reason than it should be"


def test_a_deployment_gets_no_pod_that_gets_round_the_bounds(everybody: dict[str, Person], office: Office) -> None:
    home, api = everybody[DEPLOYER].homes[0], everybody[DEPLOYER].api()
    template = {"metadata": {"labels": {"app": "sly"}}, "spec": pods()["is the pipeline"]}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "sly"}}, "template": template}
    path = f"/apis/apps/v1/namespaces/{home}/deployments"
    api.good("POST", path, {"metadata": {"name": "sly"}, "spec": spec})
    try:
        good(
            office.town.kubectl(
                f"--namespace={home}", "wait", "deployment/sly", "--for=condition=ReplicaFailure", "--timeout=30s"
            )
        )
        (condition,) = (
            each for each in api.good("GET", f"{path}/sly")["status"]["conditions"] if each["type"] == "ReplicaFailure"
        )
        assert "is for the pipeline" in condition["message"]
    finally:
        api.good("DELETE", f"{path}/sly")


@pytest.mark.parametrize("name", ["tenant-standard", "tenant-batch", ""])
def test_the_tenants_priority_classes_are_theirs(everybody: dict[str, Person], name: str) -> None:
    person = everybody["developer"]
    document = pod("fine", "serve", "8443")
    document["spec"] |= {"priorityClassName": name} if name else {}
    person.api().good("POST", f"{CORE}/namespaces/{person.homes[0]}/pods?dryRun=All", document)


def test_nobody_adds_a_container_to_a_pod_that_runs(everybody: dict[str, Person], office: Office) -> None:
    home = everybody["developer"].homes[0]
    office.platform.api().good("POST", f"{CORE}/namespaces/{home}/pods", pod("victim", "serve", "8443"))
    container = {"ephemeralContainers": [{"name": "sly", "image": "busybox", "securityContext": {"privileged": True}}]}
    try:
        for person in everybody.values():
            path = f"{CORE}/namespaces/{home}/pods/victim"
            form = "application/strategic-merge-patch+json"
            assert refused(person.api().ask("PATCH", f"{path}/ephemeralcontainers", {"spec": container}, form)), person.role
            assert refused(person.api().ask("PATCH", f"{path}/status", {"status": {"podIP": "10.78.0.9"}}, MERGE)), person.role
    finally:
        office.platform.api().good("DELETE", f"{CORE}/namespaces/{home}/pods/victim", {"gracePeriodSeconds": 0})


@pytest.mark.parametrize("change", [{"externalIPs": ["10.79.0.10"]}, {"type": "NodePort"}, {"type": "LoadBalancer"}])
def test_a_service_stays_what_it_was(everybody: dict[str, Person], change: dict[str, Any]) -> None:
    """A service that was let in is not turned into one that would not be."""
    api, path = everybody[DEPLOYER].api(), f"{CORE}/namespaces/{everybody[DEPLOYER].homes[0]}/services"
    api.good("POST", path, {"metadata": {"name": "plain"}, "spec": {"ports": [{"port": 80}]}})
    try:
        assert refused(api.ask("PATCH", f"{path}/plain", {"spec": change}, MERGE))
        assert refused(api.ask("PATCH", f"{path}/plain/status", {"status": {"loadBalancer": {}}}, MERGE))
    finally:
        api.good("DELETE", f"{path}/plain")


def test_labels_of_gateways_and_services_open_nothing_in_a_tenant(office: Office, everybody: dict[str, Person]) -> None:
    """A pod that calls itself a gateway or a shared service is none: policies ask in which namespace it is."""
    town, city = office.town, the_city()
    gateway, service = "data-access", "population"
    behind = next(name for name in holdings(city) if name.startswith("west-statistics"))
    home = everybody["developer"].homes[0]
    consumer = next(name for name in holdings(city) if name.startswith("east-education") and name != home)
    marks = {labels.GATEWAY: gateway, labels.SERVICE: service}
    everybody["developer"].api().good("POST", f"{CORE}/namespaces/{home}/pods", pod("sly", "serve", "5432", "8443", marks=marks))
    office.platform.api().good("POST", f"{CORE}/namespaces/{behind}/pods", pod("victim", "serve", "5432"))
    office.platform.api().good("POST", f"{CORE}/namespaces/{consumer}/pods", pod("consumer", "serve", "8443"))
    everywhere = {home: "sly", behind: "victim", consumer: "consumer"}
    try:
        for namespace, name in everywhere.items():
            good(town.kubectl(f"--namespace={namespace}", "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=60s"))
        address = {
            name: town.get("pod", name, f"--namespace={namespace}")[0]["status"]["podIP"]
            for namespace, name in everywhere.items()
        }

        def dial(namespace: str, name: str, target: str) -> int:
            return town.kubectl(f"--namespace={namespace}", "exec", name, "--", "/probe", "dial", "tcp", target).returncode

        assert dial(home, "sly", f"{address['sly']}:5432") == 0, "the probe answers"
        assert dial(home, "sly", f"{address['victim']}:5432") == 1, "it is no gateway of the data zone"
        assert dial(consumer, "consumer", f"{address['sly']}:5432") == 1, "it is no service that others consume"
    finally:
        for namespace, name in everywhere.items():
            office.platform.api().ask("DELETE", f"{CORE}/namespaces/{namespace}/pods/{name}", {"gracePeriodSeconds": 0})


@pytest.fixture
def clerk(office: Office) -> Iterator[Person]:
    """Return somebody outside of the catalogue whom a cluster administrator let change all namespaces and all in them."""
    platform = office.platform.api()
    rules = [{"apiGroups": [""], "resources": ["namespaces", "namespaces/status", "namespaces/finalize"], "verbs": ["*"]}]
    rules += [{"apiGroups": ["", "networking.k8s.io", "discovery.k8s.io"], "resources": ["*"], "verbs": ["*"]}]
    platform.good("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "clerk"}, "rules": rules})
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "clerk"}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "clerk"}]
    platform.good("POST", f"{RBAC}/clusterrolebindings", {"metadata": {"name": "clerk"}, "roleRef": ref, "subjects": subjects})
    yield office.person("clerk", "user:clerk", ())
    for kind in ("clusterrolebindings", "clusterroles"):
        platform.good("DELETE", f"{RBAC}/{kind}/clerk")
    platform.ask("DELETE", f"{CORE}/namespaces/plain")


def test_guards_hold_where_rbac_was_given_away(clerk: Person, everybody: dict[str, Person]) -> None:
    api, home = clerk.api(), everybody["developer"].homes[0]
    api.good("POST", f"{CORE}/namespaces", {"metadata": {"name": "plain"}})
    forged = {labels.PART: labels.PART_TENANT, labels.ZONE: "data", labels.consumes("population"): labels.CONSUMES}
    passed = [
        (method, path, status)
        for method, path, body in (
            ("POST", f"{CORE}/namespaces", {"metadata": {"name": "forged", "labels": forged}}),
            ("PATCH", f"{CORE}/namespaces/plain", {"metadata": {"labels": forged}}),
            ("PATCH", f"{CORE}/namespaces/plain/status", {"metadata": {"labels": forged}}),
            ("PATCH", f"{CORE}/namespaces/{home}", {"metadata": {"labels": {labels.ZONE: "data"}}}),
            ("PATCH", f"{CORE}/namespaces/{home}", {"metadata": {"labels": {labels.PART: None}}}),
            (
                "PATCH",
                f"{CORE}/namespaces/{home}",
                {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
            ),
            ("PATCH", f"{CORE}/namespaces/{home}/status", {"metadata": {"labels": {labels.ZONE: "data"}}}),
            ("DELETE", f"{CORE}/namespaces/{home}", None),
            ("DELETE", f"{NETWORK}/namespaces/{home}/networkpolicies/default-deny", None),
            ("PATCH", f"{CORE}/namespaces/{home}/resourcequotas/quota", {"spec": {"hard": {"pods": "99"}}}),
            ("PATCH", f"{CORE}/namespaces/{home}/resourcequotas/quota/status", {"status": {"hard": {"pods": "99"}}}),
            ("DELETE", f"{CORE}/namespaces/{home}/limitranges/limits", None),
            ("DELETE", f"{CORE}/namespaces/{home}/serviceaccounts/{DEPLOYER}", None),
            *(("POST", path, {"metadata": {"name": "weaker"}, **document}) for path, document in _slices(home)),
        )
        if (status := api.ask(method, path, body, MERGE if method == "PATCH" else "application/json")[0]) != 403
    ]
    assert passed == []
    api.good("DELETE", f"{CORE}/namespaces/plain")


def _slices(namespace: str) -> Iterator[tuple[str, dict[str, Any]]]:
    made = weakening(namespace)
    return (made[what] for what in ("endpoints", "an endpoint slice", "a network policy"))


def test_the_pipeline_has_accounts_of_its_own_beside_the_platforms(everybody: dict[str, Person]) -> None:
    """The guard of the platform's service account leaves the tenant's own alone."""
    api, path = everybody[DEPLOYER].api(), f"{CORE}/namespaces/{everybody[DEPLOYER].homes[0]}/serviceaccounts"
    api.good("POST", path, {"metadata": {"name": "own"}})
    try:
        status, _ = api.ask("PATCH", f"{path}/own", {"metadata": {"labels": {"a": "b"}}}, MERGE)
        assert status == 200
        assert refused(api.ask("PATCH", f"{path}/own", {"metadata": {"labels": {labels.MANAGED_BY: labels.MANAGER}}}, MERGE))
    finally:
        api.good("DELETE", f"{path}/own")
