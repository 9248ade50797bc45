"""The pages of the zones and of the roles: who may reach whom, and who may do what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.model import labels
from infra.model.city import City
from infra.model.load import load_city
from infra.model.tenant import Role
from infra.tenancy.guard_rules import guards
from infra.tenancy.roles import CATALOGUE, role_name
from tools.markdown import code, page, table

ROOT: Final = Path(__file__).resolve().parent.parent
CITY: Final = "hangzhou"
_CELLS: Final = {"deny": "–", "allow": "**直达 allow**"}
_ZONES: Final = """
The network split of the model city, from [its reviewed file](../../stacks/hangzhou/zones.yaml). What no line opens is closed.
To change it: [change the zone matrix](../how-to/change-the-zone-matrix.md).

## Who may open connections to whom 访问控制矩阵

The row opens, the column is opened; answers need no cell of their own. `–` is closed. The diagonal speaks of two different
tenants of one zone, and of two environments of one tenant. The pods of one environment are open to each other."""
_ROLES: Final = """
All that anybody in a tenant may do. Each role is one ClusterRole, bound in the tenant's namespaces only. No wildcard is in it,
nothing that hands rights on, and nothing that the platform makes in a tenant may be changed.

People get the roles that the tenant's `roles` name, for good or [until a day](../how-to/review-access.md). The platform itself
binds the last two: one to the service account that a pipeline deploys with, one to the district's `administrators`."""
_GUARDS: Final = """## Guards 准入控制

What the cluster refuses whatever a role allows, for RBAC speaks of kinds and verbs alone
([ADR 0013](../adr/0013-expiry-guards-and-access-review.md)). The platform is whoever may change the guards themselves."""


def model_city() -> City:
    """Return the model city.

    Raises:
        ValueError: It has problems.
    """
    loaded = load_city(ROOT / "stacks" / CITY)
    if loaded.city is None or loaded.problems:
        raise ValueError("\n".join(f"stacks/{CITY}/{problem}" for problem in loaded.problems))
    return loaded.city


def render() -> dict[str, str]:
    """Return the pages by their paths."""
    city = model_city()
    zones = page(
        "zones",
        f"Security zones of {city.city.title.en} {city.city.title.zh}安全域",
        f"stacks/{CITY}/",
        _ZONES,
        _matrix(city),
        "## Zones 安全域",
        _zones(city),
        "## Gateways 网关\n\nA gateway is the pods in the platform's namespace of its zone with the label "
        f"`{labels.GATEWAY}: NAME`. A request goes to the gateway, and from it on to the pods of the other zone.",
        _gateways(city),
        "## Egress levels 出口级别\n\nHow far outside the cluster a tenant may open connections. `closed` is what a tenant gets "
        "that asks for nothing; its zone says which levels there are.",
        _egress(city),
        "## Shared services 共享平台服务\n\nOpen to the tenants that name them under `consumes`, and to nobody else: "
        "[how a tenant uses one](../how-to/consume-a-service.md). Each answers to `NAME:PORT` there.",
        _services(city),
    )
    return zones | page(
        "roles", "Role catalogue 角色目录", "infra/tenancy/roles.py", _ROLES, _overview(), *_roles(), _GUARDS, _guards()
    )


def _matrix(city: City) -> str:
    zones = city.zones.zones
    rows = (
        (f"**{zones[source].title.zh}** `{source}`", *(_cell(city, city.zones.matrix[source][target]) for target in zones))
        for source in zones
    )
    return table(("from ↓ to →", *(f"{zone.title.zh} `{name}`" for name, zone in zones.items())), rows)


def _cell(city: City, cell: str) -> str:
    gateway = city.zones.gateways.get(cell.removeprefix("via "))
    return f"经{gateway.title.zh} via `{cell.removeprefix('via ')}`" if gateway else _CELLS[cell]


def _zones(city: City) -> str:
    rows = (
        (
            f"`{name}`",
            f"{zone.title.zh} / {zone.title.en}",
            zone.protection_level,
            code(f"{port.protocol} {port.port}" for port in zone.accepts),
            code(zone.egress),
            f"`{labels.zone_namespace(name)}`",
            sum(tenant.zone == name for district in city.districts.values() for tenant in district.tenants.values()),
        )
        for name, zone in city.zones.zones.items()
    )
    head = ("zone", "title", "protection level up to", "accepts", "egress levels", "platform's namespace", "tenants")
    return table(head, rows)


def _gateways(city: City) -> str:
    crossings = {
        name: [
            f"{source} → {target}"
            for source, row in city.zones.matrix.items()
            for target, cell in row.items()
            if cell == f"via {name}"
        ]
        for name in city.zones.gateways
    }
    rows = (
        (f"`{name}`", f"{gateway.title.zh} / {gateway.title.en}", f"`{gateway.zone}`", ", ".join(crossings[name]))
        for name, gateway in city.zones.gateways.items()
    )
    return table(("gateway", "title", "stands in", "leads"), rows)


def _egress(city: City) -> str:
    rows = ((f"`{level}`", code(rule.cidrs), code(rule.except_cidrs)) for level, rule in city.zones.egress.items())
    return table(("level", "opens", "but not"), rows)


def _services(city: City) -> str:
    rows = (
        (
            f"`{name}`",
            f"{service.title.zh} / {service.title.en}",
            service.kind.value,
            f"`{service.zone}`",
            f"TCP {service.port}",
            f"`{service.type}`",
            f"`{service.scheme}`" if service.scheme else "–",
            f"`{service.authority}`" if service.authority else "the platform team",
        )
        for name, service in city.services.items()
    )
    return table(("service", "title", "kind", "zone", "port", "type", "scheme", "authority"), rows)


def _overview() -> str:
    rows = (
        (
            f"[`{role}`](#{role})",
            f"{spec.title.zh} / {spec.title.en}",
            f"`{role_name(role)}`",
            "the tenant, to people" if role in set(Role) else "the platform",
        )
        for role, spec in CATALOGUE.items()
    )
    return table(("role", "title", "ClusterRole", "bound by"), rows)


def _roles() -> Iterator[str]:
    for role, spec in CATALOGUE.items():
        rights: dict[tuple[str, str], list[str]] = {}
        for rule in spec.rules:
            for resource in rule.resources:
                rights.setdefault((rule.group or "core", resource), []).extend(rule.verbs)
        rows = (
            (f"`{resource}`", f"`{group}`", ", ".join(dict.fromkeys(verbs)))
            for (group, resource), verbs in sorted(rights.items())
        )
        yield f"## {role}\n\n{spec.title.zh}. {spec.title.en}.\n\n{table(('resource', 'API group', 'verbs'), rows)}"


def _guards() -> str:
    rows = (
        (
            f"`{role_name(name)}`",
            f"{guard.title.zh} / {guard.title.en}",
            ", ".join(f"`{each}`" for resources in guard.resources.values() for each in resources),
            ", ".join(guard.operations).lower(),
            ", ".join(guard.parts) or "all",
        )
        for name, guard in guards(0).items()
    )
    return table(("guard", "title", "looks at", "operations", "in namespaces for"), rows)
