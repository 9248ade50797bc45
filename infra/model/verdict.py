"""What a decision about a waiver is made from, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from infra.model.approver import WAIVABLE, Approver, Waivable
from infra.model.waiver import Scope, Waiver


class Why(StrEnum):
    """Why a waiver does not hold."""

    NONE = "none"
    FORGED = "forged"
    COPIED = "copied"
    WIDENED = "widened"
    CHANGED = "changed"
    BACK_DATED = "back-dated"
    SELF_APPROVED = "self-approved"
    NOT_IN_OFFICE = "not-in-office"
    NOT_ENTITLED = "not-entitled"
    NOT_WAIVABLE = "not-waivable"
    ENDLESS = "endless"
    OVER_MAXIMUM = "over-maximum"
    EARLY = "early"
    EXPIRED = "expired"


class Refusal(NamedTuple):
    """One thing that is wrong with a waiver, or with its use."""

    why: Why
    field: str
    """The waiver's field that is wrong, or that does not fit."""
    words: str
    """What is wrong."""
    allowed: str = ""
    """What is allowed instead."""
    mend: str = ""
    """What to do."""


@dataclass(frozen=True, slots=True)
class Register:
    """All that a decision is made from."""

    waivers: Mapping[str, Waiver]
    """The city's waivers by name."""
    approvers: Mapping[str, Approver]
    """Who may approve them."""
    waivable: Mapping[str, Waivable] = field(default_factory=lambda: WAIVABLE)
    """The rules that may be waived."""
    entered: Mapping[str, date] = field(default_factory=dict)
    """On which day a waiver came into the register, by its name, where that is known."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What breaks a rule."""

    scope: Scope
    """What it is, and where."""
    claims: tuple[str, ...] = ()
    """The waivers that it names, one for each rule that it breaks; none: the register is searched."""


def claimed(annotation: str | None) -> tuple[str, ...]:
    """Return the waivers that an object's annotation names: one, or several with commas between."""
    return tuple(name.strip() for name in annotation.split(",")) if annotation is not None else ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided. A waived object still breaks the rule, and is shown as waived."""

    waiver: str | None
    """The waiver that was looked at; None: there is none."""
    refusals: tuple[Refusal, ...]
    """Why it does not hold; none: it does."""
    words: str
    """The verdict in words."""

    @property
    def waived(self) -> bool:
        """Whether the rule need not be kept."""
        return not self.refusals
