"""The city `tiny`, built once by the console script on a cluster of its own, beside a user's."""

import json
import os
from collections.abc import Iterator

import pytest

from tests.town import Town, good


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
