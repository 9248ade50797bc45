"""What the zone matrix means, in plain words of code: who may open which connection. Read from the YAML by itself.

Nothing of infra/ is used here: what the project makes of the matrix is held against this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import yaml

UNHEARD = 9999
"""A port that no zone accepts and no service has."""


@dataclass(frozen=True)
class Place:
    """A pod, and whose it is."""

    namespace: str
    pod: str
    zone: str
    role: str
    """tenant, gateway, service or platform (a pod of the platform that is neither)."""
    name: str = ""
    """Of the gateway or service."""
    egress: str = "closed"
    consumes: frozenset[str] = frozenset()

    @property
    def spot(self) -> str:
        """Return NAMESPACE/POD."""
        return f"{self.namespace}/{self.pod}"

    @property
    def kind(self) -> str:
        """Return what the place is an example of."""
        if self.role == "tenant":
            return f"tenant in {self.zone}"
        return f"{self.role} {self.name}" if self.name else f"platform in {self.zone}"


@dataclass(frozen=True)
class Oracle:
    """Says what is open."""

    split: Mapping[str, Any]
    """The file zones.yaml."""
    services: Mapping[str, Any]
    """The services of services.yaml."""

    @classmethod
    def of(cls, folder: Path) -> "Oracle":
        """Return the oracle of a city."""
        split, services = (yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8")) for name in ("zones", "services"))
        return cls(split, services["services"])

    def ports(self) -> list[int]:
        """Return every port that anything listens on, and one that nobody has ever heard of."""
        accepted = {port for zone in self.split["zones"] for _, port in self._accepted(zone)}
        return sorted(accepted | {service["port"] for service in self.services.values()} | {UNHEARD})

    def is_open(self, source: Place, target: Place, protocol: str, port: int) -> bool:
        """Say whether a pod may open a connection to another."""
        if source.role == target.role == "tenant" and source.namespace == target.namespace:
            return True
        way = (protocol, port)
        if target.role == "service":
            offered = self.services[target.name]
            return source.role == "tenant" and target.name in source.consumes and way == ("tcp", offered["port"])
        if source.role == target.role == "tenant":
            return self._cell(source.zone, target.zone) == "allow" and way in self._accepted(target.zone)
        if source.role == "tenant" and target.role == "gateway":
            return any(way in self._accepted(to) for to in self._through(target.name, source.zone))
        if source.role == "gateway" and target.role == "tenant":
            crossed = any(target.zone in self._through(source.name, zone) for zone in self.split["zones"])
            return crossed and way in self._accepted(target.zone)
        return False

    def is_outside_open(self, source: Place, address: str) -> bool:
        """Say whether a pod may open connections to an address outside the cluster."""
        rule = self.split["egress"][source.egress] if source.role == "tenant" else {}
        within = {
            key: any(ip_address(address) in ip_network(one) for one in rule.get(key, ())) for key in ("cidrs", "except_cidrs")
        }
        return within["cidrs"] and not within["except_cidrs"]

    def may_consume(self, zone: str, service: str) -> bool:
        """Say whether a tenant of a zone may consume a service at all."""
        there = self.services[service]["zone"]
        return there == zone or self._cell(zone, there) != "deny"

    def _cell(self, source: str, target: str) -> str:
        return str(self.split["matrix"][source][target])

    def _accepted(self, zone: str) -> set[tuple[str, int]]:
        return {(port["protocol"].lower(), port["port"]) for port in self.split["zones"][zone]["accepts"]}

    def _through(self, gateway: str, source: str) -> set[str]:
        """Return the zones that a zone reaches through a gateway."""
        return {zone for zone in self.split["zones"] if self._cell(source, zone) == f"via {gateway}"}


def grid(oracle: Oracle) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give tenants for a district in which every pair of zones, egress levels and strangers is found.

    A tenant for each egress level of each zone, two at least, of which the first has two environments; and one consumes what its
    zone may reach.
    """
    for zone, declared in oracle.split["zones"].items():
        levels = [*declared["egress"], "closed"][: max(2, len(declared["egress"]))]
        for number, level in enumerate(levels):
            environments = ("prod", "test") if number == 0 else ("prod",)
            yield (
                f"{zone}-{number}",
                {
                    "title": {"zh": "试验", "en": f"Grid {zone} {number}"},
                    "owner": "education",
                    "contact": {"email": "grid@tiny.example"},
                    "cost_code": "TINY-GRID",
                    "protection_level": 2,
                    "zone": zone,
                    "egress": level,
                    "quota": _amount(len(environments)),
                    "environments": {name: {"quota": _amount(1)} for name in environments},
                    "roles": {"developer": ["group:grid-developers"]},
                    "consumes": [name for name in oracle.services if number == 0 and oracle.may_consume(zone, name)],
                },
            )


def _amount(times: int) -> dict[str, int]:
    return {"cpu_millicores": 450 * times, "memory_gib": times, "storage_gib": 0, "pods": 4 * times}
