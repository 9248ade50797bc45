"""What the platform made in a tenant: nobody in the tenant changes it, nor makes anything that weakens it.

Everything here is tried in earnest, by every role of the catalogue, and in the end all that the platform made is as it was.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.model import labels
from infra.tenancy.roles import CATALOGUE
from tests.people import Api, Office, Person

pytestmark = pytest.mark.e2e

ROLES = sorted(CATALOGUE)
CORE, RBAC, NETWORK, POLICY = "/api/v1", "/apis/rbac.authorization.k8s.io/v1", "/apis/networking.k8s.io/v1", "/apis/policy/v1"
DISCOVERY = "/apis/discovery.k8s.io/v1"
PLATFORMS = {
    "resourcequotas": CORE,
    "limitranges": CORE,
    "serviceaccounts": CORE,
    "services": CORE,
    "secrets": CORE,
    "networkpolicies": NETWORK,
    "rolebindings": RBAC,
}
MANAGED = f"?labelSelector={labels.MANAGED_BY}={labels.MANAGER}"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


def inventory(api: Api, namespace: str) -> dict[str, Any]:
    """Return all that the platform made in a namespace, the namespace too, without what the cluster itself writes there."""
    found = {"namespace": api.good("GET", f"{CORE}/namespaces/{namespace}")}
    for kind, root in PLATFORMS.items():
        for one in api.good("GET", f"{root}/namespaces/{namespace}/{kind}{MANAGED}")["items"]:
            found[f"{kind}/{one['metadata']['name']}"] = one
    for one in found.values():
        one.pop("status", None)
        for field in ("resourceVersion", "managedFields"):
            one["metadata"].pop(field, None)
    return found


@pytest.fixture(scope="module", autouse=True)
def _untouched(office: Office, everybody: dict[str, Person]) -> Iterator[None]:
    """See that after all these tries everything is as it was."""
    homes = {home for person in everybody.values() for home in person.homes}
    before = {home: inventory(office.platform.api(), home) for home in homes}
    assert all(len(each) > 10 for each in before.values())
    yield
    assert {home: inventory(office.platform.api(), home) for home in homes} == before


def refused(answer: tuple[int, dict[str, Any]]) -> bool:
    """Say whether RBAC or a guard refused it."""
    return answer[0] == 403


def tries(root: str, kind: str, one: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any] | None, str]]:
    """Yield every way to change or delete an object: method, path, body, form of the body."""
    path = f"{root}/namespaces/{one['metadata']['namespace']}/{kind}/{one['metadata']['name']}"
    changed = json.loads(json.dumps(one))
    changed["metadata"]["labels"] = {"changed": "yes"}
    changed["metadata"]["annotations"] = {"changed": "yes"}
    bare = {"apiVersion": one["apiVersion"], "kind": one["kind"], "metadata": {"name": one["metadata"]["name"]}}
    if kind in {"services", "secrets"}:  # without these it would be invalid, and refused for that
        bare |= {field: one[field] for field in ("spec", "type") if field in one}
    for target in (path, f"{path}/status") if kind == "resourcequotas" else (path,):
        yield "PUT", target, changed, "application/json"
        yield "PATCH", target, {"metadata": {"annotations": {"changed": "yes"}}}, MERGE
        yield "PATCH", target, {"metadata": {"labels": {labels.MANAGED_BY: None}}}, MERGE
        yield "PATCH", target, [{"op": "remove", "path": "/metadata/labels"}], "application/json-patch+json"  # type: ignore[misc]
        yield (
            "PATCH",
            f"{target}?fieldManager=cityfabric&force=true",
            {**bare, "metadata": {**bare["metadata"], "labels": {}}},
            APPLY,
        )
    yield "DELETE", path, None, "application/json"
    yield "DELETE", path.rpartition("/")[0] + MANAGED, None, "application/json"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", PLATFORMS)
def test_nobody_changes_what_the_platform_made(office: Office, everybody: dict[str, Person], role: str, kind: str) -> None:
    person, passed, tried = everybody[role], [], 0
    api, root = person.api(), PLATFORMS[kind]
    listing = office.platform.api().good("GET", f"{root}/namespaces/{person.homes[0]}/{kind}{MANAGED}")
    for one in listing["items"]:
        whole = {"apiVersion": listing["apiVersion"], "kind": listing["kind"].removesuffix("List"), **one}
        for method, path, body, form in tries(root, kind, whole):
            tried += 1
            if not refused(answer := api.ask(method, path, body, form)):
                passed.append((method, path, *answer))
    assert passed == []
    assert tried >= 7


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_the_namespace(everybody: dict[str, Person], role: str) -> None:
    person = everybody[role]
    api, path = person.api(), f"{CORE}/namespaces/{person.homes[0]}"
    marks = (labels.ZONE, labels.PART, labels.consumes("population"), "pod-security.kubernetes.io/enforce", labels.MANAGED_BY)
    for target in (path, f"{path}/status", f"{path}/finalize"):
        for mark in marks:
            assert refused(api.ask("PATCH", target, {"metadata": {"labels": {mark: "management"}}}, MERGE)), (target, mark)
        document = {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": person.homes[0], "labels": {labels.ZONE: "data"}},
        }
        assert refused(api.ask("PUT", target, {**document, "spec": {"finalizers": []}}))
        assert refused(api.ask("PATCH", f"{target}?fieldManager=cityfabric&force=true", document, APPLY))
    assert refused(api.ask("DELETE", path))
    assert refused(api.ask("POST", f"{CORE}/namespaces", {"metadata": {"name": f"{person.homes[0]}-two"}}))
