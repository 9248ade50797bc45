"""Quota arithmetic: exact sums, a limit that holds in every unit, and a balance that adds up at each level."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model import balance
from infra.model.balance import Balance
from infra.model.city import City
from infra.model.load import load_city
from infra.model.quota import UNITS, ZERO, Quota, Usage, total
from tests.amounts import QUOTA, quota
from tests.desk import ROOT


@given(QUOTA, QUOTA, QUOTA)
def test_sums_do_not_depend_on_order(first: Quota, second: Quota, third: Quota) -> None:
    assert first + second == second + first
    assert (first + second) + third == first + (second + third) == total([third, first, second])
    assert first + ZERO == first


@given(st.lists(QUOTA, max_size=9), st.randoms())
def test_a_total_is_the_sum_of_each_unit_in_any_order(quotas: list[Quota], chance: Random) -> None:
    mixed = sorted(quotas, key=lambda _: chance.random())
    assert total(mixed) == total(quotas)
    for unit in UNITS:
        assert getattr(total(quotas), unit) == sum(getattr(one, unit) for one in quotas)


@given(QUOTA, QUOTA)
def test_exceeded_units_are_exactly_those_with_more(given_: Quota, asked: Quota) -> None:
    over = given_.exceeded_by(asked)
    assert [unit for unit in UNITS if unit in over] == list(over)
    assert all((getattr(asked, unit) > getattr(given_, unit)) == (unit in over) for unit in UNITS)
    assert given_.exceeded_by(given_) == ()
    assert (given_ + asked).exceeded_by(asked) == ()


@given(QUOTA, QUOTA, QUOTA)
def test_asking_for_more_never_exceeds_less(given_: Quota, asked: Quota, more: Quota) -> None:
    assert set(given_.exceeded_by(asked)) <= set(given_.exceeded_by(asked + more))
    assert set((given_ + more).exceeded_by(asked)) <= set(given_.exceeded_by(asked))


@given(QUOTA, QUOTA, QUOTA)
def test_differences_undo_sums_and_are_below_zero_exactly_where_it_is_exceeded(first: Quota, second: Quota, third: Quota) -> None:
    assert first + second - second == first
    assert first - second - third == first - (second + third)
    below = tuple(unit for unit in UNITS if getattr(first - second, unit) < 0)
    assert below == first.exceeded_by(second)


@given(QUOTA, QUOTA, QUOTA)
def test_a_balance_adds_up(given_: Quota, promised: Quota, reserved: Quota) -> None:
    found = Balance(given_, promised, reserved)
    assert found.free + found.promised + found.reserved == found.given
    assert (found.given.exceeded_by(found.taken) == ()) == all(getattr(found.free, unit) >= 0 for unit in UNITS)


@pytest.fixture(scope="module", params=["hangzhou", "tiny"])
def city(request: pytest.FixtureRequest) -> City:
    loaded = load_city(ROOT / "stacks" / request.param)
    assert loaded.problems == ()
    assert loaded.city is not None
    return loaded.city


def test_what_a_level_promises_is_what_the_next_is_given(city: City) -> None:
    whole = balance.of_city(city.city)
    districts = {name: balance.of_district(city.city.allotments[name], one) for name, one in city.districts.items()}
    assert whole.promised == total(each.given for each in districts.values())
    for name, district in city.districts.items():
        tenants = [balance.of_tenant(tenant) for tenant in district.tenants.values()]
        assert districts[name].promised == total(each.given for each in tenants)
        for each in (whole, districts[name], *tenants):
            assert all(getattr(each.free, unit) >= 0 for unit in UNITS)


def test_the_model_city_keeps_a_tenth_for_itself_and_a_twentieth_in_each_district(city: City) -> None:
    if city.city.name == "tiny":
        assert [name for name, one in city.districts.items() if one.reserve != ZERO] == ["west"]
        return
    assert all(getattr(city.city.reserve, unit) * 10 == getattr(city.city.capacity, unit) for unit in UNITS)
    for name, district in city.districts.items():
        assert all(getattr(district.reserve, unit) == getattr(city.city.allotments[name], unit) // 20 for unit in UNITS)


def test_use_is_exact_in_the_units_of_a_quota() -> None:
    used = Usage(cpu_millicores=250, memory_mib=1536, storage_mib=1, pods=3)
    assert [used.of(unit) for unit in UNITS] == [250, Fraction(3, 2), Fraction(1, 1024), 3]


def test_nothing_reserved_is_the_default(city: City) -> None:
    tenant = next(iter(city.districts[min(city.districts)].tenants.values()))
    assert tenant.reserve == ZERO == quota()
