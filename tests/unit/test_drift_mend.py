"""Putting objects back: whole, under the version that was read, again when somebody changes them in the same moment."""

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
    "metadata": {"name": "cityfabric-auditor", "namespace": "a-b-prod"},
    "roleRef": {"kind": "ClusterRole", "name": "cityfabric-auditor"},
    "subjects": [{"kind": "Group", "name": "auditors"}],
}
REF = Ref("rbac.authorization.k8s.io/v1", "RoleBinding", "a-b-prod", "cityfabric-auditor")


class Cluster:
    """One object as an API server keeps it: a change has to name the version that was read."""

    def __init__(self, live: dict[str, Any] | None, disturbances: int = 0) -> None:
        self.live = deepcopy(live)
        self.version = 1
        self.disturbances = disturbances
        self.done: list[str] = []

    def get(self, kind: type[GenericNamespacedResource], _name: str, *, namespace: str) -> GenericNamespacedResource:
        """Give the object, and let somebody change it right after."""
        assert namespace == "a-b-prod"
        if self.live is None:
            raise refusal(404)
        found = deepcopy(self.live)
        found["metadata"]["resourceVersion"] = str(self.version)
        if self.disturbances:
            self.disturbances -= 1
            self.version += 1
        return kind.from_dict(found)

    def replace(self, what: dict[str, Any], *, field_manager: str) -> None:
        """Put it in place, if it was read as it is."""
        assert field_manager == "cityfabric"
        self.done.append("replace")
        if what["metadata"]["resourceVersion"] != str(self.version):
            raise refusal(409)
        assert self.live
        assert what["roleRef"] == self.live["roleRef"], "a role cannot be changed"
        self.live = dict(what)

    def delete(self, *_: object, **__: object) -> None:
        """Take it away."""
        self.done.append("delete")
        self.live = None

    def create(self, what: dict[str, Any], *, field_manager: str) -> None:
        """Make it."""
        assert field_manager == "cityfabric"
        self.done.append("create")
        if self.live is not None:
            raise refusal(409)
        self.live = dict(what)


def refusal(code: int) -> ApiError:
    return ApiError(status=Status(code=code, message=f"refused with {code}"))


def drift(state: State = State.CHANGED) -> Drift:
    return Drift(REF, state, "s", (), NOBODY, BINDING)


@pytest.mark.parametrize(
    ("live", "done"),
    [
        (BINDING | {"subjects": []}, ["replace"]),
        (BINDING | {"roleRef": {"kind": "ClusterRole", "name": "admin"}}, ["delete", "create"]),
        (None, ["create"]),
    ],
)
def test_each_is_put_back_in_the_way_that_kubernetes_allows(live: dict[str, Any] | None, done: list[str]) -> None:
    cluster: Any = Cluster(live)
    assert mend(cluster, [drift()]) == []
    assert cluster.done == done
    assert (cluster.live["roleRef"], cluster.live["subjects"]) == (BINDING["roleRef"], BINDING["subjects"])


def test_who_changes_it_in_the_same_moment_is_not_overwritten_unseen() -> None:
    cluster: Any = Cluster(BINDING | {"subjects": []}, disturbances=2)
    assert mend(cluster, [drift()]) == []
    assert cluster.done == ["replace"] * 3


def test_what_never_holds_still_is_told() -> None:
    cluster: Any = Cluster(BINDING | {"subjects": []}, disturbances=1000)
    ((failed, reason),) = mend(cluster, [drift()])
    assert (failed.ref, reason) == (REF, "refused with 409")


@pytest.mark.parametrize("state", [State.ADDED, State.FOREIGN])
def test_what_others_made_is_left_alone(state: State) -> None:
    cluster: Any = Cluster(BINDING)
    assert mend(cluster, [Drift(REF, state, "", (), NOBODY, None, BINDING)]) == []
    assert cluster.done == []
