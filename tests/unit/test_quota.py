"""Quota arithmetic: exact sums, and a limit that holds in every unit."""

from hypothesis import given
from hypothesis import strategies as st

from infra.model.quota import UNITS, ZERO, Quota, total

AMOUNT = st.integers(0, 1_000_000_000)
QUOTA = st.builds(Quota, **dict.fromkeys(UNITS, AMOUNT))


@given(QUOTA, QUOTA, QUOTA)
def test_sums_do_not_depend_on_order(first: Quota, second: Quota, third: Quota) -> None:
    assert first + second == second + first
    assert (first + second) + third == first + (second + third) == total([third, first, second])
    assert first + ZERO == first


@given(st.lists(QUOTA, max_size=9))
def test_a_total_is_the_sum_of_each_unit(quotas: list[Quota]) -> None:
    for unit in UNITS:
        assert getattr(total(quotas), unit) == sum(getattr(quota, unit) for quota in quotas)


@given(QUOTA, QUOTA)
def test_exceeded_units_are_exactly_those_with_more(given_: Quota, asked: Quota) -> None:
    over = given_.exceeded_by(asked)
    assert [unit for unit in UNITS if unit in over] == list(over)
    assert all((getattr(asked, unit) > getattr(given_, unit)) == (unit in over) for unit in UNITS)
    assert given_.exceeded_by(given_) == ()
    assert (given_ + asked).exceeded_by(asked) == ()
