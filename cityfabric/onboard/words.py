"""Says in words and in quota what a new tenant will be, before anything is written."""

from collections.abc import Iterator

from infra.model import balance, labels
from infra.model.city import City
from infra.model.quota import UNITS


def tenant_words(city: City, district: str, name: str) -> Iterator[str]:
    """Give a line on each thing that a tenant of a city gets."""
    tenant = city.districts[district].tenants[name]
    department, zone = city.departments[tenant.owner], city.zones.zones[tenant.zone]
    yield f"tenant {district}/{name} {tenant.title.zh} / {tenant.title.en}, for {department.title.zh} {department.title.en}"
    for environment, declared in tenant.environments.items():
        amounts = ", ".join(f"{unit} {getattr(declared.quota, unit)}" for unit in UNITS)
        yield f"  namespace {labels.namespace_name(district, name, environment)}: {amounts}"
    level = f"protection level {tenant.protection_level}"
    yield f"  stands in zone {tenant.zone} {zone.title.zh}, {level}, egress {tenant.egress}"
    yield f"  may open connections to: {_reached(city, tenant.zone)}"
    services = ", ".join(f"{service}:{city.services[service].port}" for service in tenant.consumes)
    yield f"  uses the services, each by this name and with a service binding: {services}" if services else "  uses no services"
    for role, subjects in tenant.roles.items():
        yield f"  {role}: {', '.join(str(subject) for subject in subjects)}"
    yield from quota_words(city, district)


def _reached(city: City, zone: str) -> str:
    ways = [f"{other} {cell}" if cell != "allow" else other for other, cell in city.zones.matrix[zone].items() if cell != "deny"]
    return ", ".join(ways) or "no other zone"


def quota_words(city: City, district: str) -> Iterator[str]:
    """Give a line on what a district still has of each unit."""
    found = balance.of_district(city.city.allotments[district], city.districts[district])
    left = ", ".join(f"{unit} {getattr(found.free, unit)} of {getattr(found.given, unit)}" for unit in UNITS)
    yield f"  the district then has left: {left}"
