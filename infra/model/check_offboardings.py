"""Offboardings speak of tenants that there are, take one step after the other, and erase nothing early or unapproved."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from infra.model.offboarding import Offboarding
from infra.model.parts import Part, Parts
from infra.model.problem import Problem


class _Step(NamedTuple):
    """A step with its day, if it was taken."""

    field: str
    day: date | None


def check_offboardings(parts: Parts) -> Iterator[Problem]:
    """Each step comes after the one before it; nobody approves an erasure of their own, or while the retention lasts."""
    for part in parts.offboardings.values():
        if part.model:
            yield from _order(part, part.model)
            yield from _approval(part, part.model)
            yield from _ends(part, part.model)


def check_leavers(parts: Parts) -> Iterator[Problem]:
    """An open offboarding names a tenant and an environment that there are, and is the only one of theirs."""
    found = [(part, part.model) for part in parts.offboardings.values() if part.model and part.model.is_open]
    for part, leaver in found:
        if not part.faulty & {"tenant", "environment", "erased", "withdrawn"}:
            yield from _names(parts, part, leaver)
            for other, another in found:
                if other is not part and leaver.tenant == another.tenant and _overlap(leaver, another):
                    told = f"{other.file} offboards it too", "one open offboarding for each environment"
                    yield part.problem(("tenant",), leaver.tenant, *told, "take one of the two away")


def _overlap(one: Offboarding, other: Offboarding) -> bool:
    return one.environment == other.environment or None in {one.environment, other.environment}


def _order(part: Part[Offboarding], leaver: Offboarding) -> Iterator[Problem]:
    taken = {"suspended": leaver.suspended, "exported": leaver.exported, "approval": leaver.approval, "erased": leaver.erased}
    later = [_Step(field, step.day if step else None) for field, step in taken.items()]
    for before, step in pairwise([_Step("asked_on", leaver.asked_on), *later]):
        if step.day is None or {before.field, step.field} & part.faulty:
            continue
        if before.day is None:
            message, mend = f"'{before.field}' comes before it, and is not there", f"remove it, or write '{before.field}' back"
            yield part.problem((step.field,), None, message, f"after '{before.field}'", mend)
        elif step.day < before.day:
            told = f"is before '{before.field}'", f"{before.day} or later", "correct one of the two days"
            yield part.problem((step.field, "day"), step.day, *told)


def _ends(part: Part[Offboarding], leaver: Offboarding) -> Iterator[Problem]:
    if leaver.withdrawn and leaver.erased and not part.faulty & {"erased", "withdrawn"}:
        told = "what is erased cannot be kept", "'erased' or 'withdrawn'", "remove the one that is not true"
        yield part.problem(("withdrawn",), None, *told)


def _approval(part: Part[Offboarding], leaver: Offboarding) -> Iterator[Problem]:
    until, approval = leaver.retention.until, leaver.approval
    if until < leaver.asked_on and not part.faulty & {"retention", "asked_on"}:
        told = "is over before the tenant leaves", f"{leaver.asked_on} or later", "write the day that the legal basis names"
        yield part.problem(("retention", "until"), until, *told)
    if approval and approval.by == leaver.asked_by and "asked_by" not in part.faulty:
        told = "who asks for it approves it", "somebody else", "let somebody else approve it"
        yield part.problem(("approval", "by"), approval.by, *told)
    if approval and approval.day <= until and "retention" not in part.faulty:
        told = "the retention is not over then", f"a day after {until}", "approve it again when the retention is over"
        yield part.problem(("approval", "day"), approval.day, *told)


def _names(parts: Parts, part: Part[Offboarding], leaver: Offboarding) -> Iterator[Problem]:
    district, tenant = leaver.place
    if district not in parts.districts:
        known = {f"{one}/{tenant}" for one in parts.districts}
        yield part.unknown(("tenant",), leaver.tenant, known, "name a district that has a file")
        return
    if leaver.exported and leaver.approval:
        return  # its entry is taken out of the district's file when it is erased
    tenants = parts.districts[district].names("tenants")
    if tenants is not None and tenant not in tenants:
        known = {f"{district}/{one}" for one in tenants}
        yield part.unknown(("tenant",), leaver.tenant, known, f"write the tenant back into districts/{district}.yaml")
        return
    environments = parts.districts[district].names("tenants", tenant, "environments")
    if environments is None or leaver.environment is None:
        return
    if environments == {leaver.environment}:
        told = "it is the tenant's only environment", "one of several", "remove 'environment': the whole tenant leaves"
        yield part.problem(("environment",), leaver.environment, *told)
    elif leaver.environment not in environments:
        otherwise = f"write the environment back into districts/{district}.yaml"
        yield part.unknown(("environment",), leaver.environment, environments, otherwise)


def left(parts: Parts) -> set[str]:
    """Return the tenants that are erased, or may be."""
    leavers = [part.model for part in parts.offboardings.values() if part.model]
    return {each.tenant for each in leavers if each.environment is None and each.approval and not each.withdrawn}
