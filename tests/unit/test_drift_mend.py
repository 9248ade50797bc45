"""Putting objects back: as the engine applies them, and nothing left beside."""

from copy import deepcopy
from typing import Any

import pytest
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import GenericNamespacedResource
from lightkube.models.meta_v1 import Status

from cityfabric.drift.audit import Deed
from cityfabric.drift.compare import Ref
from cityfabric.drift.find import Drift, State
from cityfabric.drift.mend import mend

NOBODY = Deed("", "", "", "")
BINDING: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "cityfabric-auditor", "namespace": "a-b-prod", "labels": {"managed": "us"}},
    "roleRef": {"kind": "ClusterRole", "name": "cityfabric-auditor"},
    "subjects": [{"kind": "Group", "name": "auditors"}],
}
REF = Ref("rbac.authorization.k8s.io/v1", "RoleBinding", "a-b-prod", "cityfabric-auditor")


class Cluster:
    """One object as an API server keeps it: an apply sets what it says, a merge patch removes."""

    def __init__(self, live: dict[str, Any] | None) -> None:
        self.live = deepcopy(live)
        self.done: list[str] = []

    def get(self, kind: type[GenericNamespacedResource], _name: str, *, namespace: str) -> GenericNamespacedResource:
        """Give the object."""
        assert namespace == "a-b-prod"
        if self.live is None:
            raise refusal(404)
        return kind.from_dict(deepcopy(self.live))

    def apply(self, what: dict[str, Any], *, field_manager: str, force: bool) -> GenericNamespacedResource:
        """Set what is said, and keep what stands beside it."""
        assert (field_manager, force) == ("cityfabric", True)  # the engine's own: no field gets a second owner
        self.done.append("apply")
        live = self.live or {}
        assert "roleRef" not in live or live["roleRef"] == what["roleRef"], "a role cannot be changed"
        metadata = what["metadata"] | {"labels": live.get("metadata", {}).get("labels", {}) | what["metadata"].get("labels", {})}
        self.live = live | dict(what) | {"metadata": metadata}
        return type(what).from_dict(deepcopy(self.live))

    def patch(self, _kind: object, _name: str, what: dict[str, Any], **_: object) -> None:
        """Remove the labels that are null in a patch."""
        self.done.append("patch")
        assert self.live
        for label, value in what["metadata"]["labels"].items():
            assert value is None
            del self.live["metadata"]["labels"][label]

    def delete(self, *_: object, **__: object) -> None:
        """Take it away."""
        self.done.append("delete")
        self.live = None


def refusal(code: int) -> ApiError:
    return ApiError(status=Status(code=code, message=f"refused with {code}"))


def drift(state: State = State.CHANGED) -> Drift:
    return Drift(REF, state, "s", (), NOBODY, BINDING)


@pytest.mark.parametrize(
    ("live", "done"),
    [
        (BINDING | {"subjects": []}, ["apply"]),
        (BINDING | {"roleRef": {"kind": "ClusterRole", "name": "admin"}}, ["delete", "apply"]),
        (None, ["apply"]),
        (BINDING | {"metadata": BINDING["metadata"] | {"labels": {"managed": "us", "more": "x"}}}, ["apply", "patch"]),
    ],
)
def test_each_is_put_back_in_the_way_that_kubernetes_allows(live: dict[str, Any] | None, done: list[str]) -> None:
    cluster: Any = Cluster(live)
    assert mend(cluster, [drift()]) == []
    assert cluster.done == done
    assert (cluster.live["roleRef"], cluster.live["subjects"]) == (BINDING["roleRef"], BINDING["subjects"])
    assert cluster.live["metadata"]["labels"] == {"managed": "us"}


def test_what_cannot_be_put_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise refusal(403)

    cluster: Any = Cluster(BINDING)
    monkeypatch.setattr(cluster, "apply", refuse)
    ((failed, reason),) = mend(cluster, [drift()])
    assert (failed.ref, reason) == (REF, "refused with 403")


SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "cityfabric-x", "namespace": "a-b-prod", "labels": {"managed": "us"}},
    "type": "servicebinding.io/oidc",
    "data": {"host": "YQ=="},
}


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ({"data": {"host": "Yg=="}}, ["apply"]),
        ({"type": "Opaque"}, ["delete", "apply"]),
        ({"immutable": True}, ["delete", "apply"]),
    ],
)
def test_a_secret_whose_type_or_content_is_fixed_is_made_anew(change: dict[str, Any], done: list[str]) -> None:
    cluster: Any = Cluster(SECRET | change)
    ref = Ref("v1", "Secret", "a-b-prod", "cityfabric-x")
    assert mend(cluster, [Drift(ref, State.CHANGED, "s", (), NOBODY, SECRET)]) == []
    assert cluster.done == done
    assert {key: cluster.live.get(key) for key in ("type", "data", "immutable")} == {
        "type": "servicebinding.io/oidc",
        "data": {"host": "YQ=="},
        "immutable": None,
    }


@pytest.mark.parametrize(
    ("change", "done"),
    [
        ({"ports": [{"port": 9000}]}, ["delete", "apply"]),
        ({"ports": [{"name": "a", "port": 8443}, {"name": "b", "port": 80}]}, ["delete", "apply"]),
        ({"externalName": "evil.example"}, ["apply"]),
    ],
)
def test_a_service_with_other_ports_is_made_anew(change: dict[str, Any], done: list[str]) -> None:
    service = {**SECRET, "kind": "Service", "spec": {"externalName": "a.b", "ports": [{"port": 8443}]}}
    cluster: Any = Cluster({**service, "spec": {**service["spec"], **change}})
    ref = Ref("v1", "Service", "a-b-prod", "cityfabric-x")
    assert mend(cluster, [Drift(ref, State.CHANGED, "s", (), NOBODY, service)]) == []
    assert (cluster.done, cluster.live["spec"]) == (done, service["spec"])


@pytest.mark.parametrize("state", [State.ADDED, State.FOREIGN])
def test_what_others_made_is_left_alone(state: State) -> None:
    cluster: Any = Cluster(BINDING)
    assert mend(cluster, [Drift(REF, state, "", (), NOBODY, None, BINDING)]) == []
    assert cluster.done == []
