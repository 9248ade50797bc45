"""The model city holds what its README says."""

import time
from collections import Counter

import pytest

from infra.model.city import City
from infra.model.load import load_city
from infra.model.organisation import Build
from infra.model.tenant import Level
from infra.model.zone import Egress
from tests.desk import ROOT

DISTRICTS = {
    "shangcheng": "上城区", "xiacheng": "下城区", "jianggan": "江干区", "gongshu": "拱墅区", "xihu": "西湖区",
    "binjiang": "滨江区", "xiaoshan": "萧山区", "yuhang": "余杭区", "fuyang": "富阳区", "linan": "临安市",
    "tonglu": "桐庐县", "chunan": "淳安县", "jiande": "建德市",
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    loaded = load_city(ROOT / "stacks" / "hangzhou")
    assert loaded.problems == ()
    assert loaded.city is not None
    return loaded.city


def test_districts_and_counties_with_their_names(city: City) -> None:
    names = {name: district.title.zh for name, district in city.districts.items() if name != "municipal"}
    assert names == DISTRICTS
    levels = Counter(district.level for district in city.districts.values())
    assert levels == {Level.MUNICIPAL: 1, Level.DISTRICT: 9, Level.COUNTY: 4}
    assert city.broken == frozenset()


def test_45_departments_of_which_15_are_adapted(city: City) -> None:
    assert len(city.departments) == 45
    assert len({department.title.zh for department in city.departments.values()}) == 45
    adapted = {name for name, department in city.departments.items() if department.build is Build.ADAPTED}
    assert len(adapted) == 15
    assert "development-reform" in adapted
    assert city.departments["gardens-cultural-relics"].build is Build.UNIFIED


def test_149_tenants(city: City) -> None:
    counts = {name: len(district.tenants) for name, district in city.districts.items()}
    assert counts == dict.fromkeys(DISTRICTS, 8) | {"municipal": 45}
    assert {tenant.owner for tenant in city.districts["municipal"].tenants.values()} == set(city.departments)
    for district in city.districts.values():
        assert len({tenant.owner for tenant in district.tenants.values()}) == len(district.tenants)


def test_cost_codes_are_of_one_tenant_each(city: City) -> None:
    codes = Counter(tenant.cost_code for district in city.districts.values() for tenant in district.tenants.values())
    assert {code: count for code, count in codes.items() if count > 1} == {}


def test_seven_functions_and_four_databases(city: City) -> None:
    kinds = {name: (service.kind.value, service.zone) for name, service in city.services.items()}
    functions = ("navigation", "authentication", "application", "query", "interaction", "payment", "evaluation")
    databases = ("population", "legal-persons", "geographic-space", "macro-economy")
    assert kinds == dict.fromkeys(functions, ("function", "extranet")) | dict.fromkeys(databases, ("database", "data"))


@pytest.mark.parametrize("name", ["hangzhou", "tiny"])
def test_the_split_keeps_what_the_zones_promise(name: str) -> None:
    city = load_city(ROOT / "stacks" / name).city
    assert city is not None
    matrix, zones = city.zones.matrix, city.zones.zones
    assert list(zones) == ["internet", "extranet", "exchange", "data", "management"]
    assert all(matrix[zone][zone] == "deny" for zone in zones), "tenants of one zone are strangers"
    assert matrix["internet"]["data"] == matrix["internet"]["management"] == "deny"
    assert {row: cells["data"] for row, cells in matrix.items() if row not in {"data", "management"}} == {
        "internet": "deny",
        "extranet": "via data-access",
        "exchange": "allow",
    }
    assert {cells["management"] for cells in matrix.values()} == {"deny", "via bastion"}
    assert {matrix["management"][zone] for zone in zones if zone != "management"} == {"via bastion"}
    assert zones["data"].egress == (Egress.CLOSED,)
    assert city.zones.egress[Egress.CLOSED].cidrs == ()


def test_rooms_empty_in_three_waves(city: City) -> None:
    assert len(city.rooms) == 12
    assert Counter(room.wave for room in city.rooms.values()).keys() == {"first", "second", "third"}
    assert {room.state.value for room in city.rooms.values()} == {"maintained", "migrating", "closed"}


def test_it_loads_in_well_below_a_second() -> None:
    started = time.process_time()
    load_city(ROOT / "stacks" / "hangzhou")
    assert time.process_time() - started < 1
