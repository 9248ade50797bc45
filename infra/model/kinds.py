"""The kinds of file in a city's folder: where each stands, what it holds, and which schema its first line names."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from infra.model.base import Model
from infra.model.offboarding import Offboarding
from infra.model.organisation import CityFile, Department, Services
from infra.model.request import Request
from infra.model.room import Room
from infra.model.template import Template
from infra.model.tenant import District
from infra.model.waiver import Waiver
from infra.model.zone import Zones

M_co = TypeVar("M_co", bound=Model, covariant=True)


@dataclass(frozen=True, slots=True)
class Kind(Generic[M_co]):
    """A kind of file."""

    name: str
    """Name of the kind, and of its schema."""
    model: type[M_co]
    """What the file holds."""
    folder: str = ""
    """Folder of the files NAME.yaml; empty: one file of the kind's name beside the folders."""

    @property
    def schema(self) -> str:
        """Path of the schema as the first line names it, relative to the file."""
        return f"{'../' if self.folder else ''}../schemas/{self.name}.schema.json"

    def file(self, stem: str) -> str:
        """Return the path of a file of this kind, relative to the city's folder."""
        return f"{self.folder}/{stem}.yaml" if self.folder else f"{stem}.yaml"


CITY: Final = Kind("city", CityFile)
ZONES: Final = Kind("zones", Zones)
SERVICES: Final = Kind("services", Services)
DEPARTMENT: Final = Kind("department", Department, "departments")
DISTRICT: Final = Kind("district", District, "districts")
ROOM: Final = Kind("room", Room, "rooms")
TEMPLATE: Final = Kind("template", Template, "templates")
REQUEST: Final = Kind("request", Request, "requests")
OFFBOARDING: Final = Kind("offboarding", Offboarding, "offboardings")
WAIVER: Final = Kind("waiver", Waiver, "waivers")
KINDS: Final[tuple[Kind[Model], ...]] = (
    CITY,
    ZONES,
    SERVICES,
    DEPARTMENT,
    DISTRICT,
    ROOM,
    TEMPLATE,
    REQUEST,
    OFFBOARDING,
    WAIVER,
)
