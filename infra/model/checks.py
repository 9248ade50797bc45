"""All checks across the files of a city. Each looks at what could be read and is silent about what could not."""

from collections.abc import Callable, Iterator
from typing import Final

from infra.model.check_rooms import check_rooms, check_waves
from infra.model.check_templates import check_template_uses, check_templates
from infra.model.check_tenants import check_namespaces, check_tenants
from infra.model.check_zones import check_egress, check_gateways, check_matrix, check_services
from infra.model.parts import Parts
from infra.model.problem import Problem
from infra.model.quota import Quota, total
from infra.model.words import instead, listed


def check_districts(parts: Parts) -> Iterator[Problem]:
    """A district has a file and an allotment, or it has neither."""
    allotted = parts.city.names("allotments")
    if allotted is None:
        return
    for name in sorted(allotted - parts.districts.keys()):
        mend = instead(name, parts.districts.keys() - allotted, f"add districts/{name}.yaml, or remove the allotment")
        message, allowed = "the district has no file", f"a file districts/{name}.yaml"
        yield parts.city.problem(("allotments", name), None, message, allowed, mend, district=name)
    for name in sorted(parts.districts.keys() - allotted):
        mend = instead(name, allotted - parts.districts.keys(), f"add it to the allotments in city.yaml, or remove {name}.yaml")
        yield parts.districts[name].problem((), None, f"the district {name} has no allotment", listed(allotted), mend)


def check_capacity(parts: Parts) -> Iterator[Problem]:
    """What the districts are given together is no more than the city has."""
    city = parts.city.model
    if city is None:
        return
    given, asked = city.capacity, total(city.allotments.values())
    for unit in given.exceeded_by(asked):
        yield parts.city.problem(("capacity", unit), *_over(given, asked, unit, "the allotments"))


def check_allotments(parts: Parts) -> Iterator[Problem]:
    """What the tenants of a district are given together is no more than its allotment."""
    for name, part in parts.districts.items():
        given = parts.city.model.allotments.get(name) if parts.city.model else None
        if given is None or part.model is None:
            continue
        asked = total(tenant.quota for tenant in part.model.tenants.values())
        where = f"city.yaml:{parts.city.document.line(('allotments', name))}"
        for unit in given.exceeded_by(asked):
            value, message, allowed, mend = _over(given, asked, unit, "the tenants' quotas")
            yield part.problem(("tenants",), value, f"{unit}: {message}", f"{allowed}, the allotment in {where}", mend)


def check_environments(parts: Parts) -> Iterator[Problem]:
    """What the environments of a tenant are given together is no more than its quota."""
    for part in parts.districts.values():
        for name, tenant in part.model.tenants.items() if part.model else ():
            asked = total(environment.quota for environment in tenant.environments.values())
            for unit in tenant.quota.exceeded_by(asked):
                yield part.problem(("tenants", name, "quota", unit), *_over(tenant.quota, asked, unit, "its environments"))


def _over(given: Quota, asked: Quota, unit: str, who: str) -> tuple[int, str, str, str]:
    """Return the value, the message, what is allowed and the mend of a sum that is too large."""
    has, wants = getattr(given, unit), getattr(asked, unit)
    message = f"{who} ask for {wants}, given are {has}: over by {wants - has}"
    return has, message, f"a sum of at most {has}", f"raise it by {wants - has}, or lower {who} by as much"


CHECKS: Final[tuple[Callable[[Parts], Iterator[Problem]], ...]] = (
    check_districts,
    check_capacity,
    check_allotments,
    check_environments,
    check_tenants,
    check_namespaces,
    check_templates,
    check_template_uses,
    check_matrix,
    check_gateways,
    check_egress,
    check_services,
    check_rooms,
    check_waves,
)


def check(parts: Parts) -> Iterator[Problem]:
    """Yield whatever does not fit together."""
    for one in CHECKS:
        yield from one(parts)
