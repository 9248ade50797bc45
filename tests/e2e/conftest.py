"""The city `tiny`, built once by the console script on a cluster of its own, beside a user's."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people import Office, Person
from tests.town import BIN, ROOT, Town, good


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """Return the city after `cityfabric up`; the instance is taken away in the end."""
    assert os.geteuid() == 0, "the tests on a real cluster need root; run `make unit` for the others"
    found = Town(os.environ.get("CITYFABRIC_E2E_INSTANCE", "sandbox-e2e"))
    good(found.cityfabric("reset"))
    outcomes = json.loads(good(found.cityfabric("up", "--json")).stdout)
    assert {one["stack"] for one in outcomes} == {found.stack(part) for part in ("city", "east", "west")}
    yield found
    good(found.cityfabric("reset"))


@pytest.fixture
def copy(town: Town, tmp_path: Path) -> Iterator[Town]:
    """Return the same city from a copy of the project, to be edited; the original is put back on the cluster afterwards."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks")
    shutil.copyfile(ROOT / "Pulumi.yaml", root / "Pulumi.yaml")
    (root / ".venv").symlink_to(BIN.parent)
    yield Town(town.instance, root)
    good(town.cityfabric("up"))


@pytest.fixture(scope="session")
def office(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return who gives out identities, with the city up, whatever the tests before have left of it."""
    good(town.cityfabric("up"))
    found = Office(town, tmp_path_factory.mktemp("people"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def everybody(office: Office) -> dict[str, Person]:
    """Return one person for each role of the catalogue."""
    return office.everybody()
