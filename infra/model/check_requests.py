"""Requests speak of tenants that there are, are answered by somebody else, and ask for no more than there is to give."""

from collections import defaultdict
from collections.abc import Iterator

from infra.model import balance
from infra.model.check_quotas import allotment, over
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.quota import UNITS, ZERO, Quota
from infra.model.request import Request, Rule
from infra.model.tenant import Tenant


def check_requests(parts: Parts) -> Iterator[Problem]:
    """An open request names a tenant and an environment that there are; nobody approves a request of their own."""
    for part in parts.requests.values():
        if part.model:
            yield from _answers(part, part.model)
    for part, request in _open(parts):
        yield from _names(parts, part, request)


def check_open_requests(parts: Parts) -> Iterator[Problem]:
    """A tenant has one open request at a time."""
    of_tenant: dict[str, list[Part[Request]]] = defaultdict(list)
    for part, request in _open(parts):
        if "tenant" not in part.faulty:
            of_tenant[request.tenant].append(part)
    for tenant, several in of_tenant.items():
        for part, other in zip(several, (*several[1:], several[0]), strict=True):
            if part is not other:
                told = f"{other.file} is an open request of this tenant too", "one open request for each tenant"
                yield part.problem(
                    ("tenant",), tenant, *told, "make them one request, or take one away until the other is decided"
                )


def check_asked(parts: Parts) -> Iterator[Problem]:
    """What open requests ask for fits: a tenant's quota holds its environments, a district's allotment whatever passes."""
    for name, part in parts.districts.items():
        given = parts.city.model.allotments.get(name) if parts.city.model else None
        asked = [(each, request, tenant) for each, request, tenant in _targets(parts) if request.place[0] == name]
        for each, request, tenant in asked:
            yield from _too_small(each, request, tenant)
        if given is not None and part.model is not None:
            yield from _too_much(parts, name, balance.of_district(given, part.model).free, asked)


def _open(parts: Parts) -> Iterator[tuple[Part[Request], Request]]:
    """Yield the open requests, the oldest first."""
    found = [(part, part.model) for part in parts.requests.values() if part.model and "decision" not in part.faulty]
    yield from sorted(
        ((part, request) for part, request in found if request.decision is None),
        key=lambda each: (each[1].asked_on, each[0].file),
    )


def _targets(parts: Parts) -> Iterator[tuple[Part[Request], Request, Tenant]]:
    """Yield the open requests with the tenants that they speak of, where both can be read."""
    for part, request in _open(parts):
        district, name = request.place
        file = parts.districts[district].model if district in parts.districts else None
        tenant = file.tenants.get(name) if file else None
        fine = not part.faulty & {"tenant", "environment", "quota"}
        if tenant and fine and request.environment in (None, *tenant.environments):
            yield part, request, tenant


def _names(parts: Parts, part: Part[Request], request: Request) -> Iterator[Problem]:
    district, tenant = request.place
    if district not in parts.districts:
        known = {f"{one}/{tenant}" for one in parts.districts}
        yield part.unknown(("tenant",), request.tenant, known, "name a district that has a file")
        return
    tenants = parts.districts[district].names("tenants")
    if tenants is not None and tenant not in tenants:
        known = {f"{district}/{one}" for one in tenants}
        yield part.unknown(
            ("tenant",), request.tenant, known, f"add the tenant to districts/{district}.yaml, or remove the request"
        )
        return
    environments = parts.districts[district].names("tenants", tenant, "environments")
    if request.environment is not None and environments is not None and request.environment not in environments:
        otherwise = f"add the environment to districts/{district}.yaml"
        yield part.unknown(("environment",), request.environment, environments, otherwise)


def _answers(part: Part[Request], request: Request) -> Iterator[Problem]:
    """Look at the approval and at the decision."""
    approval, decision = request.approval, request.decision
    if approval and approval.by == request.asked_by and "asked_by" not in part.faulty:
        told = "who asks for it approves it", "somebody else", "let somebody else approve it"
        yield part.problem(("approval", "by"), approval.by, *told)
    for field, answer in (("approval", approval), ("decision", decision)):
        if answer and answer.day < request.asked_on:
            told = "is before the request was made", f"{request.asked_on} or later", "correct one of the two days"
            yield part.problem((field, "day"), answer.day, *told)
    rules = decision.rules if decision and approval is None and "approval" not in part.faulty else None
    for unit in UNITS:
        if getattr(rules, unit, None) is Rule.APPROVAL:
            told = "there is no approval in this file", "'approval' beside an approval", "write the approval back"
            yield part.problem(("decision", "rules", unit), Rule.APPROVAL.value, *told)


def _too_small(part: Part[Request], request: Request, tenant: Tenant) -> Iterator[Problem]:
    """A tenant's own quota may not go below what its environments have; an environment's change is passed up and always fits."""
    if request.environment is None:
        found = balance.of_tenant(request.after(tenant))
        for unit in found.given.exceeded_by(found.taken):
            yield part.problem(("quota", unit), *over(found, unit, "its environments"))


def _too_much(parts: Parts, district: str, free: Quota, asked: list[tuple[Part[Request], Request, Tenant]]) -> Iterator[Problem]:
    """Whatever passes, and in which order, the allotment must do: increases add up, and decreases are not counted on."""
    sum_of_older = ZERO
    for part, request, tenant in asked:
        more = request.after(tenant).quota - tenant.quota
        more = more.model_copy(update={unit: max(0, getattr(more, unit)) for unit in UNITS})
        lacking = [unit for unit in free.exceeded_by(sum_of_older + more) if getattr(more, unit) and getattr(free, unit) >= 0]
        for unit in lacking:
            left, wants = max(0, getattr(free - sum_of_older, unit)), getattr(more, unit)
            older = " after older requests" if getattr(sum_of_older, unit) else ""
            message = f"{wants} more are asked for, and the district {district} has {left} free{older}: over by {wants - left}"
            allowed = f"at most {getattr(request.quota, unit) - wants + left}, {allotment(parts, district)}"
            yield part.problem(
                ("quota", unit),
                getattr(request.quota, unit),
                message,
                allowed,
                f"lower it by {wants - left}, or ask for a larger allotment",
            )
        if not lacking:
            sum_of_older += more
