"""A city's files as far as they could be read: what the checks across files look at.

A file with a fault in one entry is still checked in its others, so that all problems come at once: `salvage` leaves the faulty
entries out and puts stand-ins for single faulty fields. Nothing of this becomes part of a City.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic

from pydantic import ValidationError

from infra.model.base import Model
from infra.model.faults import path_of
from infra.model.kinds import Kind, M_co
from infra.model.offboarding import Offboarding
from infra.model.organisation import CityFile, Department, Services
from infra.model.problem import Problem
from infra.model.request import Request
from infra.model.room import Room
from infra.model.template import Template
from infra.model.tenant import District
from infra.model.waiver import Waiver
from infra.model.words import FieldPath, dotted, instead, listed, shortened
from infra.model.yamlfile import Document
from infra.model.zone import Zones

STAND_INS: Final[dict[str, object]] = {
    "name": "unknown",
    "title": {"zh": "?", "en": "?"},
    "contact": {"email": "unknown@unknown.example"},
    "registry": "unknown.example",
    "cluster_domain": "cluster.local",
    "capacity": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0},
    "level": "district",
    "version": 1,
    "protection_level": 1,
    "build": "unified",
    "administrators": ["group:unknown"],
    "owner": "unknown",
    "state": "maintained",
    "frozen_on": "0001-01-01",
    "rooms_frozen_by": None,
    "migrate_by": "9999-12-31",
    "inventory": {"racks": 0, "servers": 0, "disks": 0, "storage_tib": 0, "addresses": [], "services": {}},
    "site": "unknown",
    "signed": {"owner": "user:unknown", "office": "user:unknown", "digest": "0" * 64},
    "survey": None,
    "wave": "unknown",
    "consumes": [],
    "environments": {"prod": {"quota": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0}}},
    "zone": "unknown",
    "reserve": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0},
    "quota": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0},
    "tenant": "unknown/unknown",
    "environment": "unknown",
    "reason": "?",
    "asked_by": "user:unknown",
    "asked_on": "0001-01-01",
    "approval": None,
    "decision": None,
    "retention": {"until": "9999-12-31", "basis": "?"},
    "suspended": None,
    "exported": None,
    "erased": None,
    "withdrawn": None,
    "category": "migration",
    "rule": "MR-00",
    "scope": {"kind": "Unknown", "name": "unknown"},
    "digest": "0" * 64,
    "approved_by": "user:unknown",
    "ticket": "?",
    "basis": "?",
    "created": "0001-01-01",
    "expires": "0001-01-01",
}
# Mappings by name, in which the faultless entries can be looked at without the faulty ones.
ENTRIES: Final = frozenset(
    {
        "allotments",
        "approvers",
        "egress",
        "extensions",
        "gateways",
        "matrix",
        "replacements",
        "services",
        "systems",
        "tenants",
        "tombstones",
        "waves",
        "zones",
    }
)


@dataclass(frozen=True, slots=True)
class Part(Generic[M_co]):
    """One file."""

    file: str
    """Path relative to the city's folder."""
    model: M_co | None
    """What it says, perhaps salvaged; None where nothing could be made of it."""
    document: Document
    """Its data as they stand there, and the lines."""
    district: str | None = None
    """The district that it belongs to, and whose problem its problems are."""
    faulty: frozenset[str] = frozenset()
    """Top-level fields with a fault, whose content is thus incomplete or a stand-in."""

    def names(self, *path: str) -> frozenset[str] | None:
        """Return the names in the mapping at `path`, those of faulty entries too; None where it cannot be read."""
        data = self.document.data
        for key in path:
            data = data.get(key, {} if key not in self.faulty else None) if isinstance(data, dict) else None
        return frozenset(data) if isinstance(data, dict) else None

    def problem(self, path: FieldPath, value: object, *told: str, district: str | None = None) -> Problem:
        """Return a problem at a field of this file; `told` is the message, what is allowed, and the mend."""
        line, shown = self.document.line(path), "" if value is None else shortened(value)
        message, allowed, mend = told
        return Problem(self.file, line, dotted(path), shown, message, allowed, mend, district or self.district)

    def unknown(self, path: FieldPath, value: str, names: Collection[str], otherwise: str) -> Problem:
        """Return the problem of a field that names something that is not declared."""
        return self.problem(path, value, "this name is not declared", listed(names), instead(value, names, otherwise))


@dataclass(slots=True)
class Parts:
    """All files of a city; maps are by the stem of the file's name."""

    city: Part[CityFile]
    zones: Part[Zones]
    services: Part[Services]
    departments: Mapping[str, Part[Department]] = field(default_factory=dict)
    districts: Mapping[str, Part[District]] = field(default_factory=dict)
    rooms: Mapping[str, Part[Room]] = field(default_factory=dict)
    templates: Mapping[str, Part[Template]] = field(default_factory=dict)
    requests: Mapping[str, Part[Request]] = field(default_factory=dict)
    offboardings: Mapping[str, Part[Offboarding]] = field(default_factory=dict)
    waivers: Mapping[str, Part[Waiver]] = field(default_factory=dict)

    def all(self) -> Iterator[Part[Model]]:
        """Yield every part."""
        yield from (self.city, self.zones, self.services)
        yield from (*self.departments.values(), *self.districts.values(), *self.rooms.values())
        yield from (*self.templates.values(), *self.requests.values(), *self.offboardings.values(), *self.waivers.values())


def salvage(kind: Kind[M_co], data: object, error: ValidationError) -> tuple[M_co | None, frozenset[str]]:
    """Return what can be made of faulty data, and the names of the faulty fields."""
    paths = {path_of(detail) for detail in error.errors(include_url=False, include_context=False)}
    faulty = frozenset(str(path[0]) for path in paths if path)
    if not isinstance(data, dict):
        return None, faulty
    mended = {key: value for key, value in data.items() if key in kind.model.model_fields}
    for name in faulty & kind.model.model_fields.keys():
        inner, bad = mended.get(name), {path[1] for path in paths if path[0] == name and len(path) > 1}
        if name in ENTRIES:
            mended[name] = {key: value for key, value in inner.items() if key not in bad} if isinstance(inner, dict) else {}
        else:
            mended[name] = STAND_INS[name]
    try:
        return kind.model.model_validate(mended), faulty
    except ValidationError:
        return None, faulty
