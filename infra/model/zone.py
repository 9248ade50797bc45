"""Security zones, the matrix of who may open connections to whom, and the egress levels."""

import ipaddress
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from infra.model.base import Model, Name, Title, written


class Egress(StrEnum):
    """How far outside the cluster a tenant may open connections; the levels are those of cloud.gov's spaces."""

    CLOSED = "closed"
    TRUSTED = "trusted"
    PUBLIC = "public"


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


Network = Annotated[
    str,
    AfterValidator(_network),
    Field(
        examples=["198.51.100.0/24"],
        json_schema_extra={"x-allowed": "a network as CIDR with no bits set beyond its prefix, like 198.51.100.0/24"},
    ),
]
# 'deny', 'allow', or 'via GATEWAY': one word where nothing flows, so that the matrix reads as a table.
Cell = Annotated[str, written(r"^(deny|allow|via [a-z]([-a-z0-9]{0,28}[a-z0-9])?)$", "'deny', 'allow' or 'via GATEWAY'")]
ProtectionLevel = Annotated[
    int, Field(ge=1, le=4, description="MLPS protection level of GB/T 22239-2019, 1 to 4; the official text decides")
]


class Port(Model):
    """A port on which workloads of a zone take connections from other zones."""

    protocol: Literal["TCP", "UDP"]
    """Transport protocol."""
    port: Annotated[int, Field(ge=1, le=65535)]
    """Port number."""


class Zone(Model):
    """A security zone: the unit of the network split."""

    title: Title
    """What people call it."""
    protection_level: ProtectionLevel
    """Highest protection level of a system that the zone may hold."""
    egress: Annotated[tuple[Annotated[Egress, Field(strict=False)], ...], Field(strict=False, min_length=1)]
    """Egress levels that a tenant of this zone may ask for."""
    accepts: Annotated[tuple[Port, ...], Field(strict=False)]
    """Ports on which the zone takes connections that the matrix lets in; empty: none."""


class Gateway(Model):
    """The one way across a zone boundary: pods in the namespace of its zone that carry the gateway's label."""

    title: Title
    """What people call it."""
    zone: Name
    """The zone whose platform namespace holds the gateway."""


class EgressRule(Model):
    """The addresses outside the cluster that an egress level opens."""

    cidrs: Annotated[tuple[Network, ...], Field(strict=False)] = ()
    """Networks that may be reached, as CIDR."""
    except_cidrs: Annotated[tuple[Network, ...], Field(strict=False)] = ()
    """Networks inside `cidrs` that stay closed, as CIDR."""


class Zones(Model):
    """The file zones.yaml: the whole network split of a city in one reviewable place."""

    zones: Annotated[dict[Name, Zone], Field(min_length=1)]
    """The security zones by name."""
    gateways: dict[Name, Gateway] = {}
    """The gateways between zones by name."""
    matrix: dict[Name, dict[Name, Cell]]
    """Who may open connections to whom: matrix[from][to] is 'deny', 'allow' or 'via GATEWAY'. Every pair is stated, the
    diagonal too: it speaks of two different tenants of one zone."""
    egress: Annotated[dict[Annotated[Egress, Field(strict=False)], EgressRule], Field()]
    """What each egress level opens; every level is stated, and 'closed' opens nothing."""
