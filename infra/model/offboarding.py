"""A tenant that leaves, step by step: suspended, exported, held for as long as the law says, erased when somebody approved it.

Each step that was taken stands in the file; what stands there decides what the stacks make and what may be deleted.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.model.base import Model, Name, written
from infra.model.day import Day
from infra.model.digest import Digest
from infra.model.request import Approval, Person, Words

Uid = Annotated[str, written(r"^[0-9a-f-]{36}$", "the UID of a namespace, as the cluster has it")]


class Stage(StrEnum):
    """How far an offboarding is."""

    ASKED = "asked"
    SUSPENDED = "suspended"
    HELD = "held"
    DUE = "due"
    APPROVED = "approved"
    ERASED = "erased"
    WITHDRAWN = "withdrawn"


class Retention(Model):
    """How long what was exported is kept, and what says so."""

    until: Day
    """Last day on which nothing may be erased, YYYY-MM-DD."""
    basis: Words
    """The law or regulation that demands it, with its article."""


class Suspended(Model):
    """That the tenant was closed. `cityfabric offboard suspend NAME` writes it."""

    day: Day
    """Day of the suspension, YYYY-MM-DD."""


class Exported(Model):
    """That everything in the tenant was saved. `cityfabric offboard export NAME` writes it."""

    day: Day
    """Day of the export, YYYY-MM-DD."""
    manifest: Digest
    """SHA-256 of the archive's tagmanifest-sha256.txt, which holds the hash of every other list in it (RFC 8493)."""
    files: Annotated[int, Field(ge=0)]
    """Number of files in the archive's payload."""
    size: Annotated[int, Field(ge=0)]
    """Size of the payload in bytes."""
    namespaces: dict[str, Uid]
    """The namespaces that were saved, with their UIDs: no other may be erased."""


class Erased(Model):
    """That everything was deleted. `cityfabric offboard erase NAME` writes it."""

    day: Day
    """Day of the erasure, YYYY-MM-DD."""
    certificate: Digest
    """SHA-256 of the certificate."""


class Withdrawn(Model):
    """That the tenant stays after all. `cityfabric offboard withdraw NAME` writes it."""

    day: Day
    """Day since when, YYYY-MM-DD."""


class Offboarding(Model):
    """The file offboardings/NAME.yaml: a tenant, or one environment of it, that leaves. Erased or withdrawn, it is closed."""

    name: Name
    """Name of the offboarding; the same as its file's."""
    tenant: Annotated[str, written(r"^[a-z][-a-z0-9]*/[a-z][-a-z0-9]*$", "DISTRICT/TENANT, like xihu/education", 61)]
    """DISTRICT/TENANT that leaves."""
    environment: Name | None = None
    """The environment that alone leaves. None: the whole tenant."""
    reason: Words
    """Why it leaves."""
    asked_by: Person
    """Who asks."""
    asked_on: Day
    """Since when, YYYY-MM-DD."""
    retention: Retention
    """How long what it leaves behind is kept."""
    suspended: Suspended | None = None
    """The first step; with it the tenant is closed, and its people are out."""
    exported: Exported | None = None
    """The second step."""
    approval: Approval | None = None
    """The approval to erase, which somebody gives after the retention."""
    erased: Erased | None = None
    """The last step; with it the offboarding is closed and only remembered."""
    withdrawn: Withdrawn | None = None
    """That it stays; with it the offboarding is closed as well."""

    @property
    def place(self) -> tuple[str, str]:
        """The district and the tenant that it speaks of."""
        district, tenant = self.tenant.split("/")
        return district, tenant

    def stage(self, today: date) -> Stage:
        """Return how far it is."""
        if self.erased or self.withdrawn:
            return Stage.ERASED if self.erased else Stage.WITHDRAWN
        if not self.exported:
            return Stage.SUSPENDED if self.suspended else Stage.ASKED
        if today <= self.retention.until:
            return Stage.HELD
        return Stage.APPROVED if self.approval else Stage.DUE

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.erased is None and self.withdrawn is None

    def concerns(self, district: str, tenant: str, environment: str) -> bool:
        """Say whether an environment of a tenant is one that leaves, and has not left."""
        return self.is_open and self.place == (district, tenant) and self.environment in {None, environment}


def suspended(offboardings: Iterable[Offboarding], district: str, tenant: str, environments: Iterable[str]) -> dict[str, str]:
    """Return which environments of a tenant are closed, each with the name of the offboarding that closed it."""
    closing = [each for each in offboardings if each.suspended]
    return {
        environment: each.name for environment in environments for each in closing if each.concerns(district, tenant, environment)
    }
