"""The city's own stacks pass every rule, so that `up` can always be run with the pack; and they do so within the time allowed."""

import time
from datetime import date
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from infra.model.city import City
from infra.model.load import load_city
from infra.network.platform import Door
from infra.stacks import city as platform
from infra.stacks import district
from tests.engine import ROOT, Engine, Registered
from tests.policies.analyzer import CITYS, RUN, analyse, catalogue, token_of

DOORS = (Door(address="10.0.0.1", port=443),)
TODAY = date(2026, 11, 23)
BUDGET = 0.005


def model(name: str) -> City:
    city = load_city(ROOT / "stacks" / name).city
    assert city is not None
    return city


def planned(engine: Engine, city: City, name: str | None) -> list[Registered]:
    def program() -> None:
        opts = pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", **CITYS_ARGS)])
        if name is None:
            platform.build(city, "uid", opts, DOORS)
        else:
            district.build(city, name, "uid", opts, TODAY)

    return engine.run(program).resources


CITYS_ARGS: dict[str, Any] = {
    "kubeconfig": CITYS["inputs"]["kubeconfig"],
    "cluster_identifier": CITYS["inputs"]["clusterIdentifier"],
}


def told(each: Registered) -> list[str]:
    component = each.type.startswith(("cityfabric:", "pulumi:"))
    return analyse(each.type, dict(each.inputs), None if component else CITYS)


@pytest.mark.parametrize("name", ["tiny", "hangzhou"])
def test_the_citys_own_stacks_pass(engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    city = model(name)
    levels = " ".join(f"{zone}:{each.protection_level}" for zone, each in city.zones.zones.items())
    monkeypatch.setitem(RUN.params, "levels", levels)
    seen = 0
    for slice_ in (None, *sorted(city.districts)[:4]):
        for each in planned(engine, city, slice_):
            assert told(each) == [], each.urn
            seen += 1
    assert seen > 100


def test_all_rules_together_take_less_than_five_milliseconds_for_a_resource() -> None:
    objects = [tried.example.object for tried in catalogue().examples if tried.sort == "allowed" and not tried.example.token]
    for each in objects:
        analyse(token_of(each), each, CITYS)
    begun = time.process_time()
    for each in objects:
        analyse(token_of(each), each, CITYS)
    spent = (time.process_time() - begun) / len(objects)
    assert spent < BUDGET, f"{spent * 1000:.2f} ms for a resource, {len(catalogue().rules)} rules"
