"""Districts and their tenants: what a department gets instead of servers."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.model.base import Contact, Model, Name, Title, written
from infra.model.holder import Holders
from infra.model.quota import ZERO, Quota
from infra.model.zone import Egress, ProtectionLevel


class Role(StrEnum):
    """The role catalogue for people in a tenant; what each may do stands in infra.tenancy.roles."""

    DEVELOPER = "developer"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Environment(Model):
    """One environment of a tenant: a namespace of its own."""

    quota: Quota
    """What it may use, as part of the tenant's quota."""


class TemplateUse(Model):
    """The template that a tenant was made from, and its version then, or since the tenant was brought up to it."""

    name: Name
    """Name of the template: templates/NAME.yaml."""
    version: Annotated[int, Field(ge=1, le=10_000)]
    """Version of the template."""


class Tenant(Model):
    """What a department has in the cloud: a quota in a zone, in one namespace per environment."""

    title: Title
    """What people call it."""
    owner: Name
    """The department that leads the application, by the name of its file in departments/."""
    contact: Contact
    """Whom to reach about it."""
    cost_code: Annotated[
        str,
        written(
            r"^[A-Z0-9]{2,10}(-[A-Z0-9]{2,12}){1,4}$",
            "2 to 5 groups of capitals and digits with dashes between, each of 2 to 12, like HZ-XH-EDU",
        ),
    ]
    """Budget code that the monthly statement names."""
    protection_level: ProtectionLevel
    """Protection level of the system in it."""
    zone: Name
    """The security zone that it stands in."""
    egress: Annotated[Egress, Field(strict=False)] = Egress.CLOSED
    """How far outside the cluster it may reach: 'closed', 'trusted' or 'public'."""
    quota: Quota
    """All that its environments may use together."""
    reserve: Quota = ZERO
    """What is kept back of the quota and given to no environment, for a yearly peak say."""
    environments: Annotated[dict[Name, Environment], Field(min_length=1)]
    """Its environments by name; the usual ones are 'prod' and 'test'."""
    roles: Annotated[dict[Annotated[Role, Field(strict=False)], Holders], Field(min_length=1)]
    """Who has which role of the catalogue in all its environments, for good or until a day."""
    consumes: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    """The shared platform services that it uses, by name."""
    template: TemplateUse | None = None
    """The template that it was made from; none: it was written by hand."""


class Level(StrEnum):
    """Which level of government a district file speaks of."""

    MUNICIPAL = "municipal"
    DISTRICT = "district"
    COUNTY = "county"


class District(Model):
    """The file districts/NAME.yaml: a district or county and all its tenants, or the municipal level itself (市本级)."""

    name: Name
    """Name of the district; the same as its file's."""
    title: Title
    """What people call it."""
    level: Annotated[Level, Field(strict=False)]
    """'municipal', 'district' or 'county'."""
    contact: Contact
    """The district's duty contact."""
    administrators: Holders
    """Who administers the district's tenants, for good or until a day."""
    reserve: Quota = ZERO
    """What is kept back of the allotment and promised to no tenant."""
    tenants: dict[Name, Tenant]
    """The tenants by name."""
