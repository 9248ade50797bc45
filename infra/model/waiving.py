"""The one function that decides whether a broken rule is waived: at plan, at admission and in the audit the same.

Whatever is wrong with a waiver is told at once. Nothing here asks a cluster, a clock or a file.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from infra.model.approver import Severity
from infra.model.verdict import Refusal, Register, Subject, Verdict, Why
from infra.model.waiver import Scope, Waiver
from infra.model.words import listed

MOST_DAYS_TO_ENTER: Final = 7
"""How many days after its approval a waiver is in the register at the latest; one that comes later was dated back."""


def decide(register: Register, rule: str, subject: Subject, digest: str, today: date) -> Verdict:
    """Decide whether a broken rule is waived.

    Args:
        register: The waivers, who may approve them, and which rules may be waived.
        rule: The rule that is broken.
        subject: What breaks it.
        digest: The digest of what breaks it, as it is now.
        today: The day that it is.

    Returns:
        The verdict; of several waivers that of the one with the fewest refusals.
    """
    fitting = [name for name, each in register.waivers.items() if each.rule == rule and each.scope == subject.scope]
    names = subject.claims or tuple(sorted(fitting))
    verdicts = [_verdict(register, name, rule, subject.scope, digest, today) for name in names]
    none = Refusal(Why.NONE, "", f"no waiver of {rule} for {subject.scope}")
    return min(verdicts, key=lambda each: len(each.refusals), default=Verdict(None, (none,), none.words))


def _verdict(register: Register, name: str, rule: str, scope: Scope, digest: str, today: date) -> Verdict:
    waiver = register.waivers.get(name)
    if waiver is None:
        forged = Refusal(Why.FORGED, "name", f"there is no waiver {name!r} in the register")
        return Verdict(name, (forged,), forged.words)
    refusals = (*_misuse(waiver, rule, scope, digest), *standing(register, waiver, today))
    if refusals:
        return Verdict(name, refusals, f"the waiver {name} {'; it '.join(each.words for each in refusals)}")
    return Verdict(name, (), f"waived until {waiver.expires} by {waiver.approved_by}: {waiver.reason} ({waiver.ticket})")


def standing(register: Register, waiver: Waiver, today: date) -> Iterator[Refusal]:
    """Yield why a waiver does not hold on a day, whatever it is used for."""
    yield from faults(register, waiver)
    if today < waiver.created:
        yield Refusal(Why.EARLY, "created", f"holds from {waiver.created} on")
    if waiver.expires is not None and today > waiver.expires:
        yield Refusal(Why.EXPIRED, "expires", f"is over since {waiver.expires}")


def faults(register: Register, waiver: Waiver) -> Iterator[Refusal]:
    """Yield what is wrong with a waiver whatever it is used for and whenever."""
    if not _is_exact(waiver):
        yield Refusal(
            Why.WIDENED, "scope", "does not name one object", "one object by its name", "write a waiver for each object"
        )
    if waiver.approved_by == waiver.asked_by:
        told = "was approved by who asked for it", "somebody else", "let somebody else approve it"
        yield Refusal(Why.SELF_APPROVED, "approved_by", *told)
    yield from _dated(register, waiver)
    if waiver.rule not in register.waivable:
        told = (
            f"{waiver.rule} cannot be waived",
            listed(register.waivable),
            "keep to the rule: its message says what to do instead",
        )
        yield Refusal(Why.NOT_WAIVABLE, "rule", *told)
    else:
        waivable = register.waivable[waiver.rule]
        yield from approved(register, waiver.approved_by, waiver.created, waiver.rule, waivable.severity)
        yield from _ends(waiver, waivable.max_days)


def _is_exact(waiver: Waiver) -> bool:
    """Say whether a waiver speaks of one object; also of one that no loader has read."""
    scope = waiver.scope
    parts = (waiver.rule, scope.kind, scope.name, scope.tenant or "-", scope.environment or "-")
    both_or_none = (scope.tenant is None) == (scope.environment is None)
    return both_or_none and all(part and not set(part) & set("*?[] ") for part in parts)


def _dated(register: Register, waiver: Waiver) -> Iterator[Refusal]:
    if waiver.created < waiver.asked_on:
        told = "was approved before it was asked for", f"{waiver.asked_on} or later", "correct one of the two days"
        yield Refusal(Why.BACK_DATED, "created", *told)
    entered = register.entered.get(waiver.name, waiver.created)
    if (entered - waiver.created).days > MOST_DAYS_TO_ENTER:
        words = f"was dated back: it came into the register on {entered}, {(entered - waiver.created).days} days later"
        yield Refusal(Why.BACK_DATED, "created", words, f"at most {MOST_DAYS_TO_ENTER} days", f"write {entered}")


def approved(register: Register, person: str, day: date, rule: str, severity: Severity) -> Iterator[Refusal]:
    """Yield why an approval does not count: whoever gave it was not in office on that day, or may not waive the rule."""
    in_office = [each for each in register.approvers.values() if each.in_office(day)]
    entitled = {each.person for each in in_office if each.may_waive(rule, severity)}
    allowed = listed(entitled) if entitled else f"nobody: no approver in office on {day} may waive {rule}"
    mend = "let one of these approve it" if entitled else "declare an approver in city.yaml who may"
    if person not in {each.person for each in in_office}:
        yield Refusal(Why.NOT_IN_OFFICE, "approved_by", f"was approved on {day} by {person}, no approver then", allowed, mend)
    elif person not in entitled:
        yield Refusal(Why.NOT_ENTITLED, "approved_by", f"was approved by {person}, who may not waive {rule}", allowed, mend)


def _ends(waiver: Waiver, most: int) -> Iterator[Refusal]:
    if waiver.expires is None:
        told = "has no end", f"a day, at most {most} days after {waiver.created}", "add 'expires:' with the last day"
        yield Refusal(Why.ENDLESS, "expires", *told)
    elif (waiver.expires - waiver.created).days > most:
        words = f"holds for {(waiver.expires - waiver.created).days} days"
        yield Refusal(Why.OVER_MAXIMUM, "expires", words, f"at most {most} days for {waiver.rule}", "write an earlier day")


def _misuse(waiver: Waiver, rule: str, scope: Scope, digest: str) -> Iterator[Refusal]:
    if waiver.rule != rule:
        yield Refusal(Why.WIDENED, "rule", f"was given for {waiver.rule} and not for {rule}")
    if waiver.scope != scope:
        yield Refusal(Why.COPIED, "scope", f"was given for {waiver.scope} and not for {scope}")
    if waiver.digest != digest:
        yield Refusal(Why.CHANGED, "digest", "was given for the object as it was before a change")
