"""Templates fit the city, and tenants name templates and versions that there are."""

from collections.abc import Iterator

from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.template import Template
from infra.model.tenant import District


def check_templates(parts: Parts) -> Iterator[Problem]:
    """A template's zone, egress level and services are those of the city, and its environments fit its quota."""
    zones, services = parts.zones.names("zones"), parts.services.names("services")
    for part in parts.templates.values():
        template = part.model
        if template is None:
            continue
        if zones is not None and template.zone not in zones:
            yield part.unknown(("zone",), template.zone, zones, "declare the zone in zones.yaml")
        for number, name in enumerate(template.consumes):
            if services is not None and name not in services:
                yield part.unknown(("consumes", number), name, services, "declare the service in services.yaml")
        yield from _levels(parts, part, template)


def _levels(parts: Parts, part: Part[Template], template: Template) -> Iterator[Problem]:
    zone = parts.zones.model.zones.get(template.zone) if parts.zones.model else None
    if zone is not None and template.egress not in zone.egress:
        told = f"zone {template.zone} does not allow this egress level", ", ".join(zone.egress), "choose one of these"
        yield part.problem(("egress",), template.egress, *told)


def check_template_uses(parts: Parts) -> Iterator[Problem]:
    """The template that a tenant was made from is declared, and its version is not of the future."""
    for part in parts.districts.values():
        for name, tenant in part.model.tenants.items() if part.model else ():
            if tenant.template is not None:
                yield from _use(parts, part, name)


def _use(parts: Parts, part: Part[District], name: str) -> Iterator[Problem]:
    use = part.model.tenants[name].template if part.model else None
    if use is None:
        return
    at = ("tenants", name, "template")
    if use.name not in parts.templates:
        yield part.unknown((*at, "name"), use.name, parts.templates, f"add templates/{use.name}.yaml")
        return
    template = parts.templates[use.name].model
    if template is not None and use.version > template.version:
        told = "there is no such version yet", f"at most {template.version}", f"write {template.version}, or raise the template's"
        yield part.problem((*at, "version"), use.version, *told)
