"""Waivers are exact, end in time, and were approved by somebody who may: what is decided of each one, told of the file."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from infra.model.check_offboardings import left
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.verdict import Register
from infra.model.waiver import ROOM_KIND, Waiver
from infra.model.waiving import faults

# What a fault is told from beside its own field.
_READ: Final = {"created": {"asked_on"}, "approved_by": {"asked_by", "created", "rule"}, "expires": {"created", "rule"}}


def check_approvers(parts: Parts) -> Iterator[Problem]:
    """A term of office ends after it begins, and gives the right to approve something."""
    for name, each in parts.city.model.approvers.items() if parts.city.model else ():
        if each.until < each.since:
            told = "the term ends before it begins", f"{each.since} or later", "exchange the two days, or correct one"
            yield parts.city.problem(("approvers", name, "until"), each.until, *told)
        if not each.rules and not each.severities:
            mend = "add 'rules:' or 'severities:', or remove the entry"
            told = "may approve nothing", "rules, or severities", mend
            yield parts.city.problem(("approvers", name), None, *told)


def check_waivers(parts: Parts) -> Iterator[Problem]:
    """A waiver names one object that can be there, was approved by an approver in office who did not ask, and ends in time."""
    city = parts.city.model
    for part in parts.waivers.values():
        if part.model is None:
            continue
        yield from _scope(parts, part, part.model)
        if city and "approvers" not in parts.city.faulty:
            yield from _faults(part, part.model, Register({}, city.approvers))


def check_overlaps(parts: Parts) -> Iterator[Problem]:
    """There is one waiver at a time of a rule for an object: a later one begins when the earlier one is over."""
    found = [(part, part.model) for part in parts.waivers.values() if part.model]
    for (first, early), (second, late) in combinations(sorted(found, key=lambda each: (each[1].created, each[0].file)), 2):
        unread = (first.faulty | second.faulty) & {"rule", "scope", "created", "expires"}
        same = (early.rule, early.scope) == (late.rule, late.scope)
        if same and not unread and (early.expires is None or late.created <= early.expires):
            told = (
                f"{first.file} holds for it too, until {early.expires}",
                f"a day after {early.expires}",
                "wait until that one is over",
            )
            yield second.problem(("created",), late.created, *told)


def _faults(part: Part[Waiver], waiver: Waiver, register: Register) -> Iterator[Problem]:
    for each in faults(register, waiver):
        if not part.faulty & _READ.get(each.field, set()):
            value = getattr(waiver, each.field)
            yield part.problem((each.field,), None if each.field == "scope" else value, each.words, each.allowed, each.mend)
    if waiver.expires and waiver.expires < waiver.created:
        told = "is over before it begins", f"{waiver.created} or later", "correct one of the two days"
        yield part.problem(("expires",), waiver.expires, *told)


def _scope(parts: Parts, part: Part[Waiver], waiver: Waiver) -> Iterator[Problem]:
    scope = waiver.scope
    if scope.kind == ROOM_KIND and scope.name not in parts.rooms:
        yield part.unknown(("scope", "name"), scope.name, parts.rooms, f"add rooms/{scope.name}.yaml")
    if scope.place is None or scope.tenant in left(parts):
        return
    district, tenant = scope.place
    if district not in parts.districts:
        known = {f"{one}/{tenant}" for one in parts.districts}
        yield part.unknown(("scope", "tenant"), f"{district}/{tenant}", known, "name a district that has a file")
        return
    tenants = parts.districts[district].names("tenants")
    if tenants is not None and tenant not in tenants:
        known = {f"{district}/{one}" for one in tenants}
        yield part.unknown(("scope", "tenant"), f"{district}/{tenant}", known, f"add the tenant to districts/{district}.yaml")
        return
    environments = parts.districts[district].names("tenants", tenant, "environments")
    if scope.environment and environments is not None and scope.environment not in environments:
        otherwise = f"add the environment to districts/{district}.yaml"
        yield part.unknown(("scope", "environment"), scope.environment, environments, otherwise)
