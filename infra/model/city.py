"""The whole city, loaded and checked: what the stacks are built from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.model.offboarding import Offboarding
from infra.model.organisation import CityFile, Department, Service
from infra.model.request import Request
from infra.model.room import Room
from infra.model.template import Template
from infra.model.tenant import District
from infra.model.waiver import Waiver
from infra.model.zone import Zones


@dataclass(frozen=True, slots=True)
class City:
    """A city without its faulty districts.

    `districts` holds only those in which no problem was found; `broken` names the others, so that nobody takes a missing
    district for one that was never declared.
    """

    city: CityFile
    zones: Zones
    services: Mapping[str, Service]
    departments: Mapping[str, Department]
    districts: Mapping[str, District]
    rooms: Mapping[str, Room]
    templates: Mapping[str, Template] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    requests: Mapping[str, Request] = field(default_factory=dict)
    """Open and closed ones, of districts and tenants that may be gone since."""
    offboardings: Mapping[str, Offboarding] = field(default_factory=dict)
    """Open and closed ones."""
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    """Those that hold, are to hold, and have lapsed."""
