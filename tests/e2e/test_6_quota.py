"""A request to change a quota, from what a pod and a volume really use to the ResourceQuota of the cluster."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.model.load import load_city
from tests.town import BIN, ROOT, Town, good, pod

pytestmark = pytest.mark.e2e

SPACE = "east-education-prod"
WITHIN = f"--namespace={SPACE}"


@pytest.fixture
def copy(town: Town, tmp_path: Path) -> Iterator[Town]:
    """Return the city from a copy of the project, provisioned; the original is put back on the cluster afterwards."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks")
    shutil.copyfile(ROOT / "Pulumi.yaml", root / "Pulumi.yaml")
    (root / ".venv").symlink_to(BIN.parent)
    found = Town(town.instance, root)
    good(found.cityfabric("up"))  # the suite before this one may have destroyed it
    yield found
    good(found.kubectl(WITHIN, "delete", "pods,persistentvolumeclaims", "--all"))
    good(town.cityfabric("up"))


def volume(size: str) -> dict[str, Any]:
    """Return a claim of so much storage; nobody has to provide it for the quota to count it."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "files"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    }


def hard(town: Town) -> dict[str, str]:
    """Return the hard limits of the live ResourceQuota."""
    found: dict[str, str] = town.get("resourcequota", "quota", WITHIN)[0]["status"]["hard"]
    return found


def decided(town: Town, code: int, *arguments: str) -> dict[str, Any]:
    """Run `cityfabric decide` on the one open request, and return the answer."""
    answer = town.cityfabric("decide", "--json", *arguments)
    assert answer.returncode == code, answer.stderr
    (found,) = json.loads(answer.stdout)
    return dict(found)


def start(town: Town, *names: str) -> list[int]:
    """Start pods, and return how each attempt ended."""
    return [town.kubectl(WITHIN, "apply", "-f", "-", document=pod(name, "serve", "8443")).returncode for name in names]


def test_request_is_decided_by_live_use_and_reaches_the_cluster(copy: Town) -> None:
    folder = copy.root / "stacks" / "tiny"
    file = folder / "requests" / "education-pods.yaml"
    file.write_text(file.read_text("utf-8").replace("storage_gib: 2", "storage_gib: 3"), "utf-8")
    assert (hard(copy)["pods"], hard(copy)["requests.storage"]) == ("5", "2Gi")

    assert decided(copy, 1)["used"]["pods"] == 0
    assert start(copy, "one", "two") == [0, 0]
    good(copy.kubectl(WITHIN, "wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"))
    half = decided(copy, 1, "--apply")
    assert (half["used"]["pods"], half["units"]["pods"]["rule"], half["units"]["storage_gib"]["rule"]) == (2, "usage", None)
    good(copy.kubectl(WITHIN, "apply", "-f", "-", document=volume("1700Mi")))  # 83 %
    shown = json.loads(good(copy.cityfabric("quota", "east", "--json")).stdout)["levels"]
    used = {level["tenant"]: level["used"] for level in shown}
    assert used["education"] == {"cpu_millicores": 100, "memory_mib": 32, "storage_mib": 1700, "pods": 2} == used[""]
    assert decided(copy, 0)["passes"]
    assert load_city(folder).city.requests["education-pods"].decision is None  # type: ignore[union-attr]

    assert start(copy, "three", "four", "five", "six")[-2:] == [0, 1], "five pods are the quota"
    assert decided(copy, 0, "--apply")["applied"]
    assert hard(copy)["pods"] == "5", "the data alone changes nothing"
    outcomes = json.loads(good(copy.cityfabric("up", "east", "--json")).stdout)
    assert [(one["stack"], one["changes"].get("update")) for one in outcomes] == [(copy.stack("east"), 1)]
    assert (hard(copy)["pods"], hard(copy)["requests.storage"]) == ("7", "3Gi")
    assert start(copy, "six", "seven", "eight") == [0, 0, 1]

    record = load_city(folder).city.requests["education-pods"].decision  # type: ignore[union-attr]
    assert record is not None
    assert (record.was.pods, record.used and record.used.pods, record.rules.storage_gib) == (5, 5, "usage")
    closed = good(copy.cityfabric("decide"))
    assert "no request of tiny is open" in closed.stderr
