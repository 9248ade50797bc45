"""What the platform's own programs may talk to: the API server, and nothing else."""

import ipaddress
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from infra.model.base import Model
from infra.model.zone import Port
from infra.network.policies import DEFAULT_DENY, Addresses, Opening, Policy


class Door(Model):
    """An address at which the API server answers."""

    address: str
    """IP address."""
    port: Annotated[int, Field(ge=1, le=65535)]
    """TCP port."""


def platform_policies(doors: Iterable[Door]) -> tuple[Policy, ...]:
    """Return the policies of the platform's own namespace: its pods reach the API server, and nobody reaches them."""
    openings = tuple(
        Opening(Addresses(str(ipaddress.ip_network(door.address))), (Port(protocol="TCP", port=door.port),)) for door in doors
    )
    return (DEFAULT_DENY, Policy("allow-api-server", egress=openings))
