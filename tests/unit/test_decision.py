"""The rule by which requests are decided: each limit from both sides, and what holds whatever the figures."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model.decision import Decision, decide
from infra.model.quota import UNITS, ZERO, Quota, Usage
from infra.model.request import Approval, Rule
from tests.amounts import QUOTA, USAGE, quota, usage

APPROVAL = Approval(by="user:zhang", day=date(2026, 11, 20), reason="Ticket 7")
# A quota, and an increase of it of exactly half.
HAS = Quota(cpu_millicores=1000, memory_gib=20, storage_gib=10, pods=200)
HALF = Quota(cpu_millicores=1500, memory_gib=30, storage_gib=15, pods=300)
# Exactly 35 % of it, and of the storage one MiB more than 80 %: just enough.
ENOUGH = usage(cpu_millicores=350, memory_mib=7 * 1024, storage_mib=8 * 1024 + 1, pods=70)
FIELDS = {"cpu_millicores": "cpu_millicores", "memory_gib": "memory_mib", "storage_gib": "storage_mib", "pods": "pods"}


def rules(decision: Decision) -> list[Rule | None]:
    return [verdict.rule for verdict in decision.units.values()]


def test_exactly_half_more_passes_when_exactly_enough_is_used() -> None:
    decision = decide(HAS, HALF, ENOUGH, None)
    assert list(decision.units) == list(UNITS)
    assert rules(decision) == [Rule.USAGE] * 4
    assert (decision.passes, decision.waiting) == (True, ())
    assert decision.units["pods"].reason == "up by 50 %, and 35 % is used"
    assert decision.units["storage_gib"].reason == "up by 50 %, and 80 % is used"


@pytest.mark.parametrize("unit", UNITS)
def test_one_more_than_half_waits(unit: str) -> None:
    wanted = HALF.model_copy(update={unit: getattr(HALF, unit) + 1})
    decision = decide(HAS, wanted, ENOUGH, None)
    assert (decision.passes, decision.waiting) == (False, (unit,))
    assert "usage justifies at most 50 %" in decision.units[unit].reason
    assert "up by 50 %" not in decision.units[unit].reason, "rounded up, so that it reads as more than half"


@pytest.mark.parametrize("unit", UNITS)
def test_one_less_than_enough_waits(unit: str) -> None:
    used = ENOUGH.model_copy(update={FIELDS[unit]: getattr(ENOUGH, FIELDS[unit]) - 1})
    decision = decide(HAS, HALF, used, None)
    assert decision.waiting == (unit,)
    assert ("more than 80 %" if unit == "storage_gib" else "at least 35 %") in decision.units[unit].reason


def test_storage_has_a_threshold_of_its_own() -> None:
    wanted = HAS.model_copy(update={"storage_gib": 11})
    assert decide(HAS, wanted, usage(storage_mib=8 * 1024), None).waiting == ("storage_gib",), "80 % is not more than 80 %"
    assert decide(HAS, wanted, usage(storage_mib=8 * 1024 + 1), None).passes
    assert decide(HAS, HAS.model_copy(update={"memory_gib": 21}), usage(memory_mib=8 * 1024), None).passes, "memory needs 35 %"


def test_a_half_of_an_odd_number_is_not_rounded_up() -> None:
    used = usage(pods=5)
    assert decide(quota(pods=5), quota(pods=7), used, None).passes
    assert not decide(quota(pods=5), quota(pods=8), used, None).passes
    assert not decide(quota(pods=1), quota(pods=2), used, None).passes


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("approval", [None, APPROVAL])
def test_from_nothing_only_an_approval_helps(unit: str, approval: Approval | None) -> None:
    verdict = decide(ZERO, quota(**{unit: 1}), ENOUGH, approval).units[unit]
    assert verdict.rule == (Rule.APPROVAL if approval else None)
    assert approval or verdict.reason == "there is none yet to measure an increase by"


def test_nothing_used_waits_and_says_how_much_would_do() -> None:
    decision = decide(HAS, HALF, usage(), None)
    assert decision.waiting == UNITS
    assert decision.units["pods"].reason == "0 % is used, and at least 35 % would justify an increase"


def test_use_that_is_not_known_is_no_use() -> None:
    decision = decide(HAS, HALF, None, None)
    assert decision.waiting == UNITS
    assert "is not known" in decision.units["pods"].reason
    assert rules(decide(HAS, ZERO, None, None)) == [Rule.DECREASE] * 4


def test_units_are_decided_each_by_itself_and_one_that_waits_holds_the_request() -> None:
    wanted = Quota(cpu_millicores=1500, memory_gib=10, storage_gib=15, pods=200)
    used = ENOUGH.model_copy(update={"storage_mib": 0})
    decision = decide(HAS, wanted, used, None)
    assert rules(decision) == [Rule.USAGE, Rule.DECREASE, None, Rule.SAME]
    assert (decision.passes, decision.waiting) == (False, ("storage_gib",))
    approved = decide(HAS, wanted, used, APPROVAL)
    assert rules(approved) == [Rule.USAGE, Rule.DECREASE, Rule.APPROVAL, Rule.SAME]
    assert approved.passes
    assert approved.units["storage_gib"].reason == "approved by user:zhang on 2026-11-20: Ticket 7"


def test_a_decrease_below_what_is_used_passes_and_says_what_it_means() -> None:
    verdict = decide(quota(pods=10), quota(pods=4), usage(pods=5), None).units["pods"]
    assert (verdict.rule, verdict.reason) == (Rule.DECREASE, "a decrease; more is used: what runs goes on, and nothing is added")
    assert decide(quota(pods=10), quota(pods=5), usage(pods=5), None).units["pods"].reason == "a decrease"


def test_shares_are_told_so_that_they_never_read_as_if_a_limit_were_kept() -> None:
    told = decide(quota(cpu_millicores=1_000_000), quota(cpu_millicores=1_400_000), usage(cpu_millicores=349_999), None)
    assert "34.9 % is used" in told.units["cpu_millicores"].reason
    told = decide(quota(cpu_millicores=1_000_000), quota(cpu_millicores=1_500_001), ENOUGH, None)
    assert "up by 50.1 %" in told.units["cpu_millicores"].reason


@given(QUOTA, QUOTA, st.none() | USAGE, st.none() | st.just(APPROVAL))
def test_whatever_is_not_more_passes(current: Quota, wanted: Quota, used: Usage | None, approval: Approval | None) -> None:
    decision = decide(current, wanted, used, approval)
    for unit, verdict in decision.units.items():
        has, wants = getattr(current, unit), getattr(wanted, unit)
        assert (verdict.rule is Rule.SAME) == (wants == has)
        assert (verdict.rule is Rule.DECREASE) == (wants < has)
        assert verdict.reason
    assert decision.passes or set(decision.waiting) <= set(current.exceeded_by(wanted))
    assert decision.passes or approval is None, "an approved request never waits"


# Figures in which all cases are common.
SMALL = st.builds(Quota, **dict.fromkeys(UNITS, st.integers(0, 12)))
USED = st.builds(Usage, **dict.fromkeys(FIELDS.values(), st.integers(0, 12) | st.integers(0, 12 * 1024)))


@given(SMALL, SMALL, USED, USED)
def test_more_use_never_turns_a_pass_into_a_wait(current: Quota, wanted: Quota, used: Usage, more: Usage) -> None:
    most = used.model_copy(update={field: max(getattr(used, field), getattr(more, field)) for field in FIELDS.values()})
    assert set(decide(current, wanted, most, None).waiting) <= set(decide(current, wanted, used, None).waiting)
    assert set(decide(current, wanted, used, None).waiting) <= set(decide(current, wanted, None, None).waiting)


@given(SMALL, SMALL, SMALL, USED)
def test_asking_for_more_never_turns_a_wait_into_a_pass(current: Quota, wanted: Quota, more: Quota, used: Usage) -> None:
    assert set(decide(current, wanted, used, None).waiting) <= set(decide(current, wanted + more, used, None).waiting)


@given(SMALL, SMALL, USED)
def test_what_usage_passes_is_what_the_rule_says_in_plain_numbers(current: Quota, wanted: Quota, used: Usage) -> None:
    for unit, verdict in decide(current, wanted, used, None).units.items():
        has, wants, uses = getattr(current, unit), getattr(wanted, unit), getattr(used, FIELDS[unit])
        per = 1024 if unit.endswith("_gib") else 1
        enough = uses * 100 > 80 * has * per if unit == "storage_gib" else uses * 100 >= 35 * has * per
        assert (verdict.rule is Rule.USAGE) == (has < wants and 2 * wants <= 3 * has and enough)
