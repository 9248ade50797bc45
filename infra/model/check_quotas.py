"""No level promises more than it was given, and what it keeps back counts like a promise."""

from collections.abc import Iterator

from infra.model import balance
from infra.model.balance import Balance
from infra.model.parts import Parts
from infra.model.problem import Problem


def check_capacity(parts: Parts) -> Iterator[Problem]:
    """What the districts are given together, and the city's reserve, is no more than the city has."""
    if parts.city.model:
        found = balance.of_city(parts.city.model)
        for unit in found.given.exceeded_by(found.taken):
            yield parts.city.problem(("capacity", unit), *over(found, unit, "the allotments"))


def check_allotments(parts: Parts) -> Iterator[Problem]:
    """What the tenants of a district are given together, and its reserve, is no more than its allotment."""
    for name, part in parts.districts.items():
        given = parts.city.model.allotments.get(name) if parts.city.model else None
        if given is None or part.model is None:
            continue
        found = balance.of_district(given, part.model)
        for unit in found.given.exceeded_by(found.taken):
            value, message, allowed, mend = over(found, unit, "the tenants' quotas")
            yield part.problem(("tenants",), value, f"{unit}: {message}", f"{allowed}, {allotment(parts, name)}", mend)


def check_environments(parts: Parts) -> Iterator[Problem]:
    """What the environments of a tenant are given together, and its reserve, is no more than its quota."""
    for part in parts.districts.values():
        for name, tenant in part.model.tenants.items() if part.model else ():
            found = balance.of_tenant(tenant)
            for unit in found.given.exceeded_by(found.taken):
                yield part.problem(("tenants", name, "quota", unit), *over(found, unit, "its environments"))


def over(found: Balance, unit: str, who: str) -> tuple[int, str, str, str]:
    """Return the value, the message, what is allowed and the mend of a unit of which `who` and the reserve ask for too much."""
    has, wants = getattr(found.given, unit), getattr(found.taken, unit)
    who = f"{who} and the reserve" if getattr(found.reserved, unit) else who
    message = f"{who} ask for {wants}, given are {has}: over by {wants - has}"
    return has, message, f"a sum of at most {has}", f"raise it by {wants - has}, or lower {who} by as much"


def allotment(parts: Parts, district: str) -> str:
    """Return where a district's allotment stands, in words."""
    return f"the allotment in city.yaml:{parts.city.document.line(('allotments', district))}"
