"""Drift on a real cluster: found, explained from the audit log, put back by the next `up`; what others made is left alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.town import Town, good

pytestmark = pytest.mark.e2e

PROD, TEST = "east-education-prod", "east-education-test"


def drift(town: Town, code: int) -> dict[str, dict[str, Any]]:
    """Return what `cityfabric drift` finds, by object."""
    answer = town.cityfabric("drift", "--json")
    assert answer.returncode == code, answer.stderr
    return {_named(one["object"]): one for one in json.loads(answer.stdout)}


def _named(what: dict[str, str]) -> str:
    return " ".join(part for part in (what["kind"], what["namespace"], what["name"]) if part)


@pytest.fixture
def vandal(town: Town) -> Iterator[Town]:
    """Return the city after somebody with every right went through it by hand; what is not put back is taken away in the end."""
    assert drift(town, 0) == {}
    good(town.kubectl("delete", "networkpolicy", "default-deny", f"--namespace={PROD}"))
    good(town.kubectl("label", "namespace", PROD, "cityfabric.io/zone=data", "cityfabric.io/consumes-x=true", "--overwrite"))
    further = [
        {"op": "add", "path": "/subjects/-", "value": {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve"}}
    ]
    good(
        town.kubectl(
            "patch", "rolebinding", "cityfabric-developer", f"--namespace={PROD}", "--type=json", f"--patch={json.dumps(further)}"
        )
    )
    everything = [{"op": "add", "path": "/spec/egress/-", "value": {}}]
    good(
        town.kubectl(
            "patch", "networkpolicy", "allow-dns", f"--namespace={TEST}", "--type=json", f"--patch={json.dumps(everything)}"
        )
    )
    more = [{"op": "replace", "path": "/spec/hard/pods", "value": "500"}]
    good(town.kubectl("patch", "resourcequota", "quota", f"--namespace={TEST}", "--type=json", f"--patch={json.dumps(more)}"))
    good(town.kubectl("delete", "rolebinding", "cityfabric-auditor", f"--namespace={TEST}"))
    admin = ("create", "rolebinding", "cityfabric-auditor", f"--namespace={TEST}", "--clusterrole=admin", "--user=eve")
    good(town.kubectl(*admin))  # the same name, another role
    good(town.kubectl("delete", "namespace", "east-civil-affairs-prod"))
    good(town.kubectl("create", "rolebinding", "more", f"--namespace={TEST}", "--clusterrole=admin", "--user=eve"))
    good(town.kubectl("create", "configmap", "own", f"--namespace={TEST}", "--from-literal=a=b"))
    good(town.kubectl("create", "namespace", "stray"))
    yield town
    good(town.kubectl("delete", "rolebinding/more", "configmap/own", f"--namespace={TEST}"))
    good(town.kubectl("delete", "namespace", "stray"))
    assert drift(town, 0) == {}


def test_drift_is_told_with_its_author_and_put_back_by_up(vandal: Town) -> None:
    found = drift(vandal, 1)
    states = {name: one["state"] for name, one in found.items()}
    assert states == {
        f"NetworkPolicy {PROD} default-deny": "deleted",
        f"Namespace {PROD}": "changed",
        f"RoleBinding {PROD} cityfabric-developer": "changed",
        f"NetworkPolicy {TEST} allow-dns": "changed",
        f"ResourceQuota {TEST} quota": "changed",
        f"RoleBinding {TEST} cityfabric-auditor": "changed",
        "Namespace east-civil-affairs-prod": "deleted",  # told once, not with each object that was in it
        f"RoleBinding {TEST} more": "added",
        "Namespace stray": "foreign",
    }
    for name, one in found.items():
        by = one["by"]
        assert (by["who"], by["where"].split("/")[0].split(" ")[-1]) == ("platform-engineer", "kubectl"), name
        assert by["verb"] in {"create", "patch", "delete"}
        assert by["when"].endswith("Z")
    fields = {change["field"]: (change["declared"], change["live"]) for change in found[f"Namespace {PROD}"]["changes"]}
    assert fields == {
        "metadata.labels.cityfabric.io/zone": ("extranet", "data"),
        "metadata.labels.cityfabric.io/consumes-x": (None, "true"),
    }
    (hard,) = found[f"ResourceQuota {TEST} quota"]["changes"]
    assert (hard["field"], hard["declared"], hard["live"]) == ("spec.hard.pods", "5", "500")

    told = good(vandal.cityfabric("up"))
    assert re.search(r"put back: (\d+) of \1 objects", told.stderr), told.stderr
    left = {name: one["state"] for name, one in drift(vandal, 1).items()}
    assert left == {f"RoleBinding {TEST} more": "added", "Namespace stray": "foreign"}
    assert vandal.get("configmap", "own", f"--namespace={TEST}"), "what the tenant made is not touched"
    roles = vandal.get("rolebinding", "cityfabric-auditor", f"--namespace={TEST}")
    assert roles[0]["roleRef"]["name"] == "cityfabric-auditor"
    whole = vandal.get("resourcequotas,limitranges,networkpolicies,rolebindings", "--namespace=east-civil-affairs-prod")
    assert len(whole) > 5, "a namespace that is made again gets all that was in it"


def test_a_change_of_the_data_that_was_not_applied_yet_is_no_drift(copy: Town) -> None:
    path = copy.root / "stacks" / "tiny" / "districts" / "west.yaml"
    path.write_text(path.read_text("utf-8").replace("TINY-WEST-STAT", "TINY-WEST-NEW"), "utf-8")
    assert drift(copy, 0) == {}
