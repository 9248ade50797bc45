"""The one rule by which a request to change a quota is decided, unit by unit.

- A decrease passes.
- An increase of at most half of what there is passes if what there is is used: at least 35 % of it, of storage more than 80 %.
- Everything else waits for an approval, and passes with it.

The rule and its figures are those of the registry of the Government of British Columbia (bcgov), with our own counting of what is
used; docs/adr/0012 says where it differs. Nothing here asks a cluster, a clock or a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Final

from infra.model.quota import UNITS, Quota, Usage
from infra.model.request import Approval, Rule

MOST_INCREASE: Final = Fraction(1, 2)
"""The largest increase that usage can justify, as a part of what there is."""
USED_ENOUGH: Final = Fraction(35, 100)
"""The part of what there is of which at least so much must be used."""
STORAGE_USED: Final = Fraction(80, 100)
"""The part of the storage of which more must be used: storage fills slowly, and a full disk can be seen coming."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided for one unit."""

    rule: Rule | None
    """The rule by which it passes; None: it waits for an approval."""
    reason: str
    """Why, in words."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided for a request. It passes whole or not at all: half of what was asked for helps nobody."""

    units: Mapping[str, Verdict]
    """The verdict for each unit of Quota, in their order."""

    @property
    def passes(self) -> bool:
        """Whether every unit passes."""
        return not self.waiting

    @property
    def waiting(self) -> tuple[str, ...]:
        """The units that wait for an approval."""
        return tuple(unit for unit, verdict in self.units.items() if verdict.rule is None)


def decide(current: Quota, wanted: Quota, used: Usage | None, approval: Approval | None) -> Decision:
    """Decide on a request.

    Args:
        current: The quota as it is.
        wanted: The quota as it is to be.
        used: What is used of it now; None: not known, for the cluster has nothing of it.
        approval: What somebody who may do so said to the request.

    Returns:
        The verdict for each unit, with the reason.
    """
    return Decision(
        {
            unit: _verdict(unit, getattr(current, unit), getattr(wanted, unit), used.of(unit) if used else None, approval)
            for unit in UNITS
        }
    )


def _verdict(unit: str, has: int, wants: int, used: Fraction | None, approval: Approval | None) -> Verdict:
    if wants == has:
        return Verdict(Rule.SAME, "stays as it is")
    if wants < has:
        below = used is not None and used > wants
        return Verdict(Rule.DECREASE, "a decrease" + ("; more is used: what runs goes on, and nothing is added" if below else ""))
    lacking = _lacking(unit, has, wants, used)
    if lacking is None and used is not None:
        return Verdict(Rule.USAGE, f"up by {_percent(wants - has, has, ROUND_CEILING)}, and {_percent(used, has)} is used")
    if approval:
        return Verdict(Rule.APPROVAL, f"approved by {approval.by} on {approval.day}: {approval.reason}")
    return Verdict(None, str(lacking))


def _lacking(unit: str, has: int, wants: int, used: Fraction | None) -> str | None:
    """Return why usage does not justify an increase; None where it does."""
    if has == 0:
        return "there is none yet to measure an increase by"
    if wants - has > has * MOST_INCREASE:
        return f"up by {_percent(wants - has, has, ROUND_CEILING)}, and usage justifies at most {_percent(MOST_INCREASE)}"
    if used is None:
        return "what is used is not known: the cluster has nothing of it"
    if unit == "storage_gib":
        enough, needed = used > has * STORAGE_USED, f"more than {_percent(STORAGE_USED)}"
    else:
        enough, needed = used >= has * USED_ENOUGH, f"at least {_percent(USED_ENOUGH)}"
    return None if enough else f"{_percent(used, has)} is used, and {needed} would justify an increase"


def _percent(part: Fraction | int, whole: int = 1, rounding: str = ROUND_FLOOR) -> str:
    """Return a share in per cent to one place; rounded so that no share reads as if it kept to a limit that it breaks."""
    share = Fraction(part) / whole * 100
    places = (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("0.1"), rounding)
    return f"{places.normalize():f} %"
