"""Who there is: the city, its departments and the shared platform services."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from infra.model.approver import Approver
from infra.model.base import Contact, Model, Name, Title, written
from infra.model.day import Day
from infra.model.quota import ZERO, Quota
from infra.model.room import Tombstone

Hostname = Annotated[
    str,
    written(
        r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$",
        "a host name of at least two parts in lower case, like registry.hangzhou.example",
        253,
    ),
]


ClusterSubject = Annotated[
    str,
    written(
        r"^(group|user):[a-zA-Z0-9]([-a-zA-Z0-9.@:_]{0,100}[a-zA-Z0-9])?$", "'group:NAME' or 'user:NAME' as the cluster knows it"
    ),
]


class Wave(Model):
    """A migration wave: systems move to the cloud in batches, as they ripen (成熟一批、迁移一批)."""

    title: Title
    """What people call it."""
    opens: Day
    """First day, YYYY-MM-DD."""
    closes: Day
    """Last day, YYYY-MM-DD; a room of this wave is overdue afterwards."""


class CityFile(Model):
    """The file city.yaml: what the city is, what it has, and how much each district is given."""

    name: Name
    """Name of the city; the same as its folder's."""
    title: Title
    """What people call it."""
    contact: Contact
    """The platform team's duty contact."""
    registry: Hostname
    """Host name of the city's image registry."""
    cluster_domain: Hostname = "cluster.local"
    """DNS domain of the cluster; the full names of shared platform services end in it."""
    administrators: Annotated[tuple[ClusterSubject, ...], Field(strict=False)] = ()
    """The platform team. The cluster's owner gives them their rights over the whole cluster; the access review expects these."""
    capacity: Quota
    """All that the city's cloud has to give."""
    reserve: Quota = ZERO
    """What is kept back of the capacity and allotted to nobody, for failover say."""
    allotments: Annotated[dict[Name, Quota], Field(min_length=1)]
    """How much each district is given, by district; there is a file districts/NAME.yaml for each, and for no other."""
    waves: dict[Name, Wave] = {}
    """The migration waves by name."""
    rooms_frozen_by: Day | None = None
    """Last day on which a legacy room may have been frozen, YYYY-MM-DD: one of a later day is a new room, and there are none.
    None: the rooms are still being counted."""
    tombstones: dict[Name, Tombstone] = {}
    """The legacy rooms that are closed for good, by the names of their files in rooms/."""
    approvers: dict[Name, Approver] = {}
    """Who may approve waivers and extensions, each for a term of office, by name."""


class Build(StrEnum):
    """Whether a department's systems are built citywide or its own mature ones are adapted (统建为主、改建)."""

    UNIFIED = "unified"
    ADAPTED = "adapted"


class Department(Model):
    """The file departments/NAME.yaml: a municipal department."""

    name: Name
    """Name of the department; the same as its file's."""
    title: Title
    """What people call it."""
    build: Annotated[Build, Field(strict=False)]
    """'unified': built citywide; 'adapted': a mature system of its own is adapted."""
    contact: Contact
    """The department's duty contact."""


class ServiceKind(StrEnum):
    """What a shared platform service is."""

    FUNCTION = "function"
    DATABASE = "database"


class Service(Model):
    """A shared platform service that tenants consume by name instead of building their own.

    Its name is its address as well: SERVICE:PORT from a pod of a tenant that consumes it.
    """

    title: Title
    """What people call it."""
    kind: Annotated[ServiceKind, Field(strict=False)]
    """'function': one of the seven unified functions; 'database': a base database."""
    zone: Name
    """The zone that it runs in."""
    port: Annotated[int, Field(ge=1, le=65535)]
    """TCP port that consumers connect to."""
    type: Name
    """What it speaks, as programs look for it in a service binding: 'oidc', 'postgresql' or 'http', say."""
    scheme: Annotated[str, written(r"^[a-z][-+.a-z0-9]{0,19}$", "a scheme of URIs in lower case, like https")] | None = None
    """Scheme of its URI, such as 'https'; none: its service binding has a host and a port, and no URI."""
    authority: Name | None = None
    """The department that answers for its content; none: the platform team."""


class Services(Model):
    """The file services.yaml: the shared platform services of a city."""

    services: dict[Name, Service]
    """The services by name."""
