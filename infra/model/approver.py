"""Who may approve a waiver, of which rules, and for how long each rule may be waived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from infra.model.base import Model, Title, written
from infra.model.day import Day
from infra.model.request import Person

RuleId = Annotated[str, written(r"^[A-Z]{2}-[0-9]{2}$", "two capitals, a dash and two digits, like MR-03")]


class Severity(StrEnum):
    """How bad a breach of a rule is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"


class Approver(Model):
    """Somebody who may approve waivers while in office."""

    person: Person
    """Who; never a group."""
    office: Title
    """The office that gives the right."""
    since: Day
    """First day in office, YYYY-MM-DD."""
    until: Day
    """Last day in office, YYYY-MM-DD."""
    rules: Annotated[tuple[RuleId, ...], Field(strict=False)] = ()
    """The rules that may be waived."""
    severities: Annotated[tuple[Annotated[Severity, Field(strict=False)], ...], Field(strict=False)] = ()
    """Beside those: all rules of these severities."""

    def in_office(self, day: date) -> bool:
        """Say whether a day lies in the term of office."""
        return self.since <= day <= self.until

    def may_waive(self, rule: str, severity: Severity) -> bool:
        """Say whether a rule is one of those that this office may waive."""
        return rule in self.rules or severity in self.severities


@dataclass(frozen=True, slots=True)
class Waivable:
    """For how long a rule may be waived."""

    max_days: int
    """From the day of the approval to the last day, at most."""
    severity: Severity
    """How bad a breach of it is."""


_CRITICAL: Final = Severity.CRITICAL
_HIGH: Final = Severity.HIGH
_MEDIUM: Final = Severity.MEDIUM
WAIVABLE: Final[Mapping[str, Waivable]] = MappingProxyType(
    {
        "MR-03": Waivable(90, _CRITICAL),
        "MR-04": Waivable(30, _CRITICAL),
        "MR-05": Waivable(90, _HIGH),
        "MR-06": Waivable(90, _HIGH),
        "MR-07": Waivable(90, _HIGH),
        "MR-08": Waivable(180, _HIGH),
        "MR-09": Waivable(180, _HIGH),
        "MR-10": Waivable(90, _CRITICAL),
        "MR-12": Waivable(90, _CRITICAL),
        "LG-02": Waivable(90, _HIGH),
        "LG-05": Waivable(180, _MEDIUM),
        "EX-01": Waivable(90, _HIGH),
        "DC-02": Waivable(180, _HIGH),
        "TN-02": Waivable(180, _HIGH),
        "AV-01": Waivable(180, _MEDIUM),
        "OP-01": Waivable(30, _HIGH),
    }
)
"""The rules that may be waived; no other may. The days are this project's own, no law's."""
OVERDUE: Final = "LG-03"
"""The rule that a room is empty by its day. It is not waived, but extended in the room's own file."""
EXTENDABLE: Final = Waivable(365, _HIGH)
"""How far an extension goes beyond the day before it, and how bad it is to be overdue."""
