"""Legacy server rooms: what stood in each on the day it was frozen, what left it since, and what closed it for good."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.model.base import Model, Name, Title, written
from infra.model.day import Day
from infra.model.digest import Digest, digest_of
from infra.model.request import Approval, Person, Words
from infra.model.zone import Network


class RoomState(StrEnum):
    """Where a legacy server room stands. There is no way back up this list: closed means closed."""

    MAINTAINED = "maintained"
    MIGRATING = "migrating"
    CLOSED = "closed"


Count = Annotated[int, Field(ge=0, le=100_000)]


class RoomService(Model):
    """What is served from a room, to whom."""

    system: Name
    """The system that serves it, by its name under `systems`."""
    replicas: Count
    """How many of it run."""
    consumers: Annotated[tuple[Name, ...], Field(strict=False)]
    """The departments and districts that use it, by name."""


class Inventory(Model):
    """What stands in a room; it may shrink, never grow."""

    racks: Count
    """Racks."""
    servers: Count
    """Physical servers: the room's nodes."""
    disks: Count
    """Disks, in servers and beside them."""
    storage_tib: Count
    """Raw storage of these disks in TiB."""
    addresses: Annotated[tuple[Network, ...], Field(strict=False)]
    """The networks in it, as CIDR."""
    services: dict[Name, RoomService]
    """What is served from it, by name."""


class Signed(Model):
    """Who signed the inventory, and what exactly: nobody can raise it afterwards without being seen."""

    owner: Person
    """Who signed for the department that runs the room."""
    office: Person
    """Who signed for the e-government office; somebody else."""
    digest: Digest
    """SHA-256 of what was signed: name, site, day, inventory and names of the systems."""


class LegacySystem(Model):
    """A system in a legacy room, and where it went."""

    title: Title
    """What people call it."""
    moved_to: Annotated[str, written(r"^[a-z][-a-z0-9]*/[a-z][-a-z0-9]*$", "DISTRICT/TENANT, like xihu/education", 61)] | None = (
        None
    )
    """DISTRICT/TENANT that it runs in now; none: still in the room."""
    moved_on: Day | None = None
    """Day since when it runs there, YYYY-MM-DD; none: still in the room."""


class Extension(Model):
    """That a room may take longer than its wave. The approval is that of a waiver of rule LG-03."""

    until: Day
    """Day by which the room is empty then, YYYY-MM-DD."""
    plan: Words
    """What is done until then."""
    ticket: Words
    """Where it was discussed."""
    asked_by: Person
    """Who asks."""
    approval: Approval
    """Who approved it, one of the city's approvers, and why."""


class Piece(Model):
    """What a piece of hardware can do."""

    cores: Count
    """Processor cores."""
    memory_gib: Count
    """Memory in GiB."""
    disk_gib: Annotated[int, Field(ge=0, le=100_000_000)]
    """Raw disk in GiB."""


class Replacement(Model):
    """A repair: broken pieces are taken out, and as many of like kind put in."""

    day: Day
    """Day of the repair, YYYY-MM-DD."""
    ticket: Words
    """The repair's ticket."""
    pieces: Annotated[int, Field(ge=1, le=10_000)]
    """How many were replaced; as many go out as come in."""
    was: Piece
    """Each of those that were taken out."""
    now: Piece
    """Each of those that were put in."""


class Survey(Model):
    """What was found in a room by somebody who went there."""

    day: Day
    """Day of the survey, YYYY-MM-DD."""
    by: Person
    """Who went there."""
    inventory: Inventory
    """All that stands there."""


class Room(Model):
    """The file rooms/NAME.yaml: a legacy server room (存量机房), maintained only, never grown, closed by its wave."""

    name: Name
    """Name of the room; the same as its file's."""
    title: Title
    """What people call it."""
    owner: Name
    """The department that runs it."""
    site: Name
    """Where it stands, as the city's register of premises has it: building and room. No two rooms have one."""
    state: Annotated[RoomState, Field(strict=False)]
    """'maintained', 'migrating' or 'closed'; a closed one has its tombstone in city.yaml."""
    frozen_on: Day
    """Day of the signed inventory, YYYY-MM-DD."""
    inventory: Inventory
    """What stood in it on that day."""
    signed: Signed
    """The signatures below it."""
    wave: Name
    """The migration wave that empties it."""
    migrate_by: Day
    """Day by which it is empty, YYYY-MM-DD; within its wave."""
    extensions: dict[Name, Extension] = {}
    """What was approved beyond that day, by name; the latest counts."""
    systems: dict[Name, LegacySystem] = {}
    """The systems in it on the day of the inventory, by name."""
    replacements: dict[Name, Replacement] = {}
    """All repairs since that day, by name."""
    survey: Survey | None = None
    """What stands there by the latest survey; none: nobody went there yet."""

    @property
    def due(self) -> date:
        """The day by which it is empty, extensions included."""
        return max((self.migrate_by, *(each.until for each in self.extensions.values())))

    @property
    def left(self) -> tuple[str, ...]:
        """The systems that are still in it."""
        return tuple(name for name, system in self.systems.items() if system.moved_to is None)

    def digest(self) -> str:
        """Return the digest of what was signed, as it stands in the file now."""
        signed = {
            "name": self.name,
            "site": self.site,
            "frozen_on": self.frozen_on.isoformat(),
            "inventory": self.inventory.model_dump(mode="json"),
            "systems": sorted(self.systems),
        }
        return digest_of(signed)


class Tombstone(Model):
    """That a room was closed. It stands in the platform team's own file, so that a room's file alone cannot open it again."""

    closed_on: Day
    """Day on which the last of it was switched off, YYYY-MM-DD."""
    digest: Digest
    """The digest of the room's signed inventory: name, site and addresses stay taken."""
