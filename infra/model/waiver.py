"""A permitted exception from one rule, for one object, by somebody who may permit it, until a day."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from infra.model import labels
from infra.model.approver import RuleId
from infra.model.base import Model, Name, written
from infra.model.day import Day
from infra.model.digest import Digest
from infra.model.request import Person, Words

ROOM_KIND: Final = "Room"
"""The kind of a scope that is a legacy server room, and no object of the cluster."""


class Category(StrEnum):
    """Why a rule cannot be kept."""

    MIGRATION = "migration"
    PRODUCT = "product"
    EMERGENCY = "emergency"
    LAW = "law"


class Scope(Model):
    """The one object that a waiver is for. Every part of it is exact: there are no wildcards."""

    tenant: Annotated[str, written(r"^[a-z][-a-z0-9]*/[a-z][-a-z0-9]*$", "DISTRICT/TENANT, like xihu/education", 61)] | None = (
        None
    )
    """DISTRICT/TENANT that has the object; none: it stands in no namespace."""
    environment: Name | None = None
    """The tenant's environment; none: it stands in no namespace."""
    kind: Annotated[
        str,
        written(r"^([a-z0-9][-.a-z0-9]*/)?[A-Z][A-Za-z0-9]*$", "Kind or GROUP/Kind, like Service or apps/Deployment", 120),
    ]
    """Its kind, as Kind or GROUP/Kind; 'Room' for a legacy server room."""
    name: Annotated[
        str,
        written(r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "the object's own name: lower-case letters, digits, dashes and dots", 253),
    ]
    """Its name."""

    @property
    def place(self) -> tuple[str, str] | None:
        """The district and the tenant that it stands in; None: in none."""
        if self.tenant is None:
            return None
        district, tenant = self.tenant.split("/")
        return district, tenant

    @property
    def namespace(self) -> str:
        """The namespace that it stands in; empty: in none."""
        return labels.namespace_name(*self.place, self.environment) if self.place and self.environment else ""

    def __str__(self) -> str:
        """Return it as people read it."""
        return " ".join(part for part in (self.kind, self.name, f"in {self.namespace}" if self.namespace else "") if part)


class Waiver(Model):
    """The file waivers/NAME.yaml: a permitted exception from one rule (豁免). Once it has lapsed, it is only remembered."""

    name: Name
    """Name of the waiver; the same as its file's."""
    category: Annotated[Category, Field(strict=False)]
    """'migration': on the way to the cloud; 'product': what was bought cannot otherwise; 'emergency'; 'law': a law demands it."""
    rule: RuleId
    """The one rule that need not be kept."""
    scope: Scope
    """The one object that need not keep it."""
    digest: Digest
    """The digest of that object, as `cityfabric waivers --digest FILE` says it; an object that was changed needs a new waiver."""
    asked_by: Person
    """Who asks."""
    asked_on: Day
    """Since when, YYYY-MM-DD."""
    approved_by: Person
    """Who approved it: one of the city's approvers, never who asked."""
    ticket: Words
    """Where it was discussed."""
    reason: Words
    """Why the rule cannot be kept."""
    basis: Words
    """The law or regulation that allows the exception, with its article."""
    created: Day
    """Day of the approval, YYYY-MM-DD; it holds from then on."""
    expires: Day | None = None
    """Last day, YYYY-MM-DD, to its end in UTC. There has to be one, and each rule says how far away it may be."""
