"""What a tenant names exists, its zone admits it, and its namespaces are names that a cluster takes."""

from collections.abc import Iterator
from typing import Final

from infra.model.labels import MAX_NAMESPACE, namespace_name
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.tenant import District, Tenant
from infra.model.words import FieldPath

# A namespace begins with its district's name: a district of such a name would claim namespaces of the cluster or the platform.
RESERVED: Final = ("cityfabric", "kube", "zone")


def check_tenants(parts: Parts) -> Iterator[Problem]:
    """Look at each tenant by itself."""
    for part in parts.districts.values():
        for name, tenant in part.model.tenants.items() if part.model else ():
            path = ("tenants", name)
            if tenant.owner not in parts.departments:
                otherwise = f"add departments/{tenant.owner}.yaml"
                yield part.unknown((*path, "owner"), tenant.owner, parts.departments, otherwise)
            yield from _zone(parts, part, path, tenant)
            yield from _consumes(parts, part, path, tenant)


def _zone(parts: Parts, part: Part[District], path: FieldPath, tenant: Tenant) -> Iterator[Problem]:
    names = parts.zones.names("zones")
    if names is not None and tenant.zone not in names:
        yield part.unknown((*path, "zone"), tenant.zone, names, "declare the zone in zones.yaml")
    zone = parts.zones.model.zones.get(tenant.zone) if parts.zones.model else None
    if zone is None:
        return
    if tenant.egress not in zone.egress:
        allowed = f"what zone {tenant.zone} allows: {', '.join(zone.egress)}"
        mend = f"choose one of these, or another zone; the zone's levels stand in {_where(parts, tenant, 'egress')}"
        yield part.problem((*path, "egress"), tenant.egress, "the zone does not allow this egress level", allowed, mend)
    if tenant.protection_level > zone.protection_level:
        allowed = f"at most {zone.protection_level} in zone {tenant.zone}"
        mend = f"choose a zone for this level; the zone's level stands in {_where(parts, tenant, 'protection_level')}"
        yield part.problem(
            (*path, "protection_level"), tenant.protection_level, "the zone may not hold a system of this level", allowed, mend
        )


def _where(parts: Parts, tenant: Tenant, field: str) -> str:
    return f"{parts.zones.file}:{parts.zones.document.line(('zones', tenant.zone, field))}"


def _consumes(parts: Parts, part: Part[District], path: FieldPath, tenant: Tenant) -> Iterator[Problem]:
    names = parts.services.names("services")
    services = parts.services.model.services if parts.services.model else {}
    matrix = parts.zones.model.matrix if parts.zones.model else {}
    for number, name in enumerate(tenant.consumes):
        at = (*path, "consumes", number)
        if names is not None and name not in names:
            yield part.unknown(at, name, names, "declare the service in services.yaml")
        zone = services[name].zone if name in services else tenant.zone
        if zone != tenant.zone and matrix.get(tenant.zone, {}).get(zone) == "deny":
            where = f"{parts.zones.file}:{parts.zones.document.line(('matrix', tenant.zone, zone))}"
            message = f"the service runs in zone {zone}, which zone {tenant.zone} may not reach"
            allowed = f"services in zones that the matrix opens to {tenant.zone}"
            yield part.problem(
                at, name, message, allowed, f"remove it, or choose another zone; the matrix says 'deny' in {where}"
            )


def check_namespaces(parts: Parts) -> Iterator[Problem]:
    """Namespaces are short enough, belong to one tenant each, and none is reserved."""
    owners: dict[str, tuple[Part[District], FieldPath]] = {}
    for district, part in parts.districts.items():
        if district.split("-", 1)[0] in RESERVED:
            message, allowed = (
                "its namespaces would begin with a reserved word",
                f"a name that does not begin with {' or '.join(RESERVED)}",
            )
            yield part.problem(("name",), district, message, allowed, "rename the district, its file and its allotment")
        for tenant, environment, path in _environments(part):
            name = namespace_name(district, tenant, environment)
            if len(name) > MAX_NAMESPACE:
                message = f"its namespace {name} has {len(name)} characters"
                allowed, mend = f"at most {MAX_NAMESPACE}", "shorten the environment's or the tenant's name"
                yield part.problem(path, environment, message, allowed, mend)
            other, there = owners.setdefault(name, (part, path))
            if (other, there) != (part, path):
                yield _twice(name, (part, path), (other, there))
                yield _twice(name, (other, there), (part, path))


def _environments(part: Part[District]) -> Iterator[tuple[str, str, FieldPath]]:
    for tenant, declared in part.model.tenants.items() if part.model else ():
        for environment in declared.environments:
            yield tenant, environment, ("tenants", tenant, "environments", environment)


def _twice(name: str, here: tuple[Part[District], FieldPath], there: tuple[Part[District], FieldPath]) -> Problem:
    """Return the problem of one of two tenants with one namespace; the other's district is told the same."""
    (part, path), (other, where) = here, there
    message = f"the namespace {name} is that of {other.file}:{other.document.line(where)} too"
    return part.problem(path, path[-1], message, "a namespace of its own", "rename one of the two tenants or environments")
