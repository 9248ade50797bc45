"""All checks across the files of a city. Each looks at what could be read and is silent about what could not."""

from collections.abc import Callable, Iterator
from typing import Final

from infra.model.check_holders import check_holders
from infra.model.check_offboardings import check_leavers, check_offboardings
from infra.model.check_quotas import check_allotments, check_capacity, check_environments
from infra.model.check_requests import check_asked, check_open_requests, check_requests
from infra.model.check_room_records import check_extensions, check_inventories
from infra.model.check_rooms import check_rooms, check_waves
from infra.model.check_templates import check_template_uses, check_templates
from infra.model.check_tenants import check_namespaces, check_tenants
from infra.model.check_tombstones import check_sites, check_tombstones
from infra.model.check_waivers import check_approvers, check_overlaps, check_waivers
from infra.model.check_zones import check_egress, check_gateways, check_matrix, check_services
from infra.model.parts import Parts
from infra.model.problem import Problem
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


CHECKS: Final[tuple[Callable[[Parts], Iterator[Problem]], ...]] = (
    check_districts,
    check_capacity,
    check_allotments,
    check_environments,
    check_tenants,
    check_holders,
    check_namespaces,
    check_templates,
    check_template_uses,
    check_matrix,
    check_gateways,
    check_egress,
    check_services,
    check_rooms,
    check_waves,
    check_inventories,
    check_extensions,
    check_tombstones,
    check_sites,
    check_requests,
    check_open_requests,
    check_asked,
    check_offboardings,
    check_leavers,
    check_approvers,
    check_waivers,
    check_overlaps,
)


def check(parts: Parts) -> Iterator[Problem]:
    """Yield whatever does not fit together."""
    for one in CHECKS:
        yield from one(parts)
