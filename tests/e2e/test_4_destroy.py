"""Plain `pulumi destroy` leaves nothing of the city on the cluster."""

import pytest

from tests.town import Town, good

pytestmark = pytest.mark.e2e


def test_destroy_leaves_nothing(town: Town) -> None:
    for part in ("west", "east", "city"):
        good(town.pulumi("destroy", "--stack", town.stack(part), "--yes", "--skip-preview"))
    left = {one["metadata"]["name"] for one in town.get("namespaces")}
    assert left == {"default", "kube-node-lease", "kube-public", "kube-system"}
    kinds = "clusterroles,clusterrolebindings,priorityclasses,validatingadmissionpolicies,validatingadmissionpolicybindings"
    assert town.get(kinds, "--selector=app.kubernetes.io/managed-by=cityfabric") == []
