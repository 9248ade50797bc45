"""How much of a cluster is read for drift: a district's run in a large city reads the district's namespaces alone."""

from typing import Any

import pytest

from cityfabric.drift import live
from cityfabric.drift.compare import Ref, reference


class Cluster:
    """Answers like an API server that has some namespaces with a quota each, and takes note of where it was asked."""

    def __init__(self, spaces: int) -> None:
        self.spaces = [f"n{number}" for number in range(spaces)]
        self.asked: set[str] = set()

    def list(self, kind: Any, *, namespace: str = "", labels: object = None) -> list[Any]:  # noqa: ANN401, ARG002
        """List the objects of a kind."""
        self.asked.add(namespace)
        if kind.__name__ == "Namespace":
            return [kind.from_dict({"metadata": {"name": each}}) for each in self.spaces]
        if kind.__name__ != "ResourceQuota":
            return []
        wanted = self.spaces if namespace == "*" else [namespace]
        return [kind.from_dict({"metadata": {"name": "quota", "namespace": each}}) for each in wanted]


@pytest.mark.parametrize(("spaces", "asked"), [(100, {"", "n1", "n2"}), (17, {"", "n1", "n2"}), (16, {"", "*"}), (3, {"", "*"})])
def test_only_the_namespaces_of_what_is_wanted_are_read_where_they_are_few(spaces: int, asked: set[str]) -> None:
    cluster = Cluster(spaces)
    wanted = [
        reference({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "quota", "namespace": one}})
        for one in ("n1", "n2")
    ]
    found = live.read(cluster, [*wanted, Ref("v1", "ResourceQuota", "gone", "quota")])  # type: ignore[arg-type]
    assert cluster.asked == asked
    assert set(wanted) <= found.keys()
    assert len([ref for ref in found if ref.kind == "Namespace"]) == spaces, "foreign ones are told of anyway"
