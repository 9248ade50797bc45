"""Load a city: read every file, check it by itself and against the others, and report all problems at once.

Bad input never raises: whatever the bytes, the answer is problems. A problem in a district takes that district alone out of the
city; any other problem leaves no city at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from infra.model import kinds
from infra.model.base import Model
from infra.model.checks import check
from infra.model.city import City
from infra.model.faults import faults
from infra.model.kinds import Kind, M_co
from infra.model.listing import list_files
from infra.model.parts import ENTRIES, Part, Parts, salvage
from infra.model.problem import Problem
from infra.model.yamlfile import Document, read_yaml

# Kinds of file that speak of a tenant, and the mapping in which `tenant` stands; empty: in none.
_OF_TENANTS: Final = {kinds.REQUEST.name: "", kinds.OFFBOARDING.name: "", kinds.WAIVER.name: "scope"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading a city."""

    city: City | None
    """The city without its faulty districts; None where a problem concerns more than districts."""
    problems: tuple[Problem, ...]
    """All that is wrong, in the order of files and lines."""


def load_city(folder: Path) -> Loaded:
    """Load the city in `folder`."""
    listing = list_files(folder)
    if not listing.stems:
        return Loaded(None, tuple(listing.problems))
    reader = _Reader(folder, listing.problems, frozenset(listing.stems[kinds.DISTRICT]))
    parts = Parts(
        city=reader.read(kinds.CITY, "city"),
        zones=reader.read(kinds.ZONES, "zones"),
        services=reader.read(kinds.SERVICES, "services"),
        departments={stem: reader.read(kinds.DEPARTMENT, stem) for stem in listing.stems[kinds.DEPARTMENT]},
        districts={stem: reader.read(kinds.DISTRICT, stem) for stem in listing.stems[kinds.DISTRICT]},
        rooms={stem: reader.read(kinds.ROOM, stem) for stem in listing.stems[kinds.ROOM]},
        templates={stem: reader.read(kinds.TEMPLATE, stem) for stem in listing.stems[kinds.TEMPLATE]},
        requests={stem: reader.read(kinds.REQUEST, stem) for stem in listing.stems[kinds.REQUEST]},
        offboardings={stem: reader.read(kinds.OFFBOARDING, stem) for stem in listing.stems[kinds.OFFBOARDING]},
        waivers={stem: reader.read(kinds.WAIVER, stem) for stem in listing.stems[kinds.WAIVER]},
    )
    problems = _merged(listing.problems, [*_city_name(parts, folder), *check(parts)], parts)
    return Loaded(_city(parts, problems), problems)


class _Reader:
    """Reads files of one city and collects their problems."""

    def __init__(self, folder: Path, problems: list[Problem], districts: frozenset[str]) -> None:
        self._folder = folder
        self._problems = problems
        self._districts = districts

    def read(self, kind: Kind[M_co], stem: str) -> Part[M_co]:
        """Read one file as far as possible."""
        file = kind.file(stem)
        document, problems = read_yaml(self._folder, file, kind.schema)
        district = self._district(kind, stem, document)
        self._problems.extend(replace(problem, district=district) for problem in problems)
        if document is None:
            return Part(file, None, Document(), district)
        model, faulty = None, frozenset[str]()
        try:
            model = kind.model.model_validate(document.data)
        except ValidationError as error:
            self._problems.extend(faults(error, kind, document, file, district))
            model, faulty = salvage(kind, document.data, error)
        part = Part(file, model, document, district, faulty)
        name = getattr(model, "name", stem)
        if name != stem and kind.folder and "name" not in faulty:
            self._problems.append(
                part.problem(
                    ("name",), name, "is not the name of its file", stem, f"write '{stem}', or rename the file to {name}.yaml"
                )
            )
        return part

    def _district(self, kind: Kind[Model], stem: str, document: Document | None) -> str | None:
        """Return the district that a file belongs to: its own, or that of the tenant which it speaks of."""
        if kind.name in _OF_TENANTS and document and isinstance(document.data, dict):
            inner = document.data.get(_OF_TENANTS[kind.name]) if _OF_TENANTS[kind.name] else document.data
            named = str(inner.get("tenant") if isinstance(inner, dict) else None).split("/", 1)[0]
            return named if named in self._districts else None
        return stem if kind.name == kinds.DISTRICT.name else None


def _city_name(parts: Parts, folder: Path) -> Iterator[Problem]:
    name, model = folder.resolve().name, parts.city.model
    if model and model.name != name:
        mend = f"write '{name}', or rename the folder to {model.name}"
        yield parts.city.problem(("name",), model.name, "is not the name of the city's folder", name, mend)


def _merged(read: list[Problem], checked: list[Problem], parts: Parts) -> tuple[Problem, ...]:
    """Return all problems in order, without what the checks say of stand-ins."""
    stand_ins = {(part.file, name) for part in parts.all() for name in part.faulty - ENTRIES}
    real = {problem for problem in checked if (problem.file, problem.field.split(".", 1)[0]) not in stand_ins}
    return tuple(sorted({*read, *real}, key=lambda problem: (*astuple(problem)[:-1], problem.district or "")))


def _city(parts: Parts, problems: tuple[Problem, ...]) -> City | None:
    """Return the city without its faulty districts, or None where it cannot be built at all."""
    broken = frozenset(problem.district for problem in problems if problem.district is not None)
    faulty = {problem.file for problem in problems}  # a waiver of a broken district holds only if it is whole itself
    city, zones, services = parts.city.model, parts.zones.model, parts.services.model
    if any(problem.district is None for problem in problems) or not (city and zones and services):
        return None
    return City(
        city,
        zones,
        MappingProxyType(services.services),
        _models(parts.departments),
        MappingProxyType({name: model for name, model in _models(parts.districts).items() if name not in broken}),
        _models(parts.rooms),
        _models(parts.templates),
        broken,
        _models(parts.requests),
        _models(parts.offboardings),
        _models({stem: part for stem, part in parts.waivers.items() if part.file not in faulty}),
    )


def _models(parts: Mapping[str, Part[M_co]]) -> Mapping[str, M_co]:
    return MappingProxyType({stem: part.model for stem, part in parts.items() if part.model is not None})
