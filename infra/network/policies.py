"""What may talk to what, derived from the zone matrix: pure functions from the model to NetworkPolicies.

Everything is closed by default and each policy only opens. Not done here: what a gateway lets through. The matrix cell
`via GATEWAY` opens the way to the gateway and on from it; which request may pass is for the gateway to say.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from infra.model import labels
from infra.model.zone import Egress, EgressRule, Port, Zones

if TYPE_CHECKING:
    from pulumi_kubernetes.networking.v1 import NetworkPolicyPeerArgsDict, NetworkPolicySpecArgsDict

    from infra.model.organisation import Service

DNS: Final = (Port(protocol="UDP", port=53), Port(protocol="TCP", port=53))


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods by their labels, in the namespaces with these labels; without namespace labels: in the policy's own namespace."""

    namespaces: Mapping[str, str] = field(default_factory=dict)
    pods: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses outside the cluster: a network less the networks in `without`."""

    cidr: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """A peer and the ports that are open between it and the policy's pods; without ports: all of them."""

    peer: Pods | Addresses
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy for the pods with these labels; a direction that is None is none of its business."""

    name: str
    pods: Mapping[str, str] = field(default_factory=dict)
    ingress: tuple[Opening, ...] | None = None
    egress: tuple[Opening, ...] | None = None


DEFAULT_DENY: Final = Policy("default-deny", ingress=(), egress=())
ALLOW_DNS: Final = Policy(
    "allow-dns", egress=(Opening(Pods({"kubernetes.io/metadata.name": "kube-system"}, {"k8s-app": "kube-dns"}), DNS),)
)
ALLOW_ENVIRONMENT: Final = Policy("allow-environment", ingress=(Opening(Pods()),), egress=(Opening(Pods()),))


def tenant_policies(zones: Zones, zone: str, egress: Egress, consumed: Mapping[str, "Service"]) -> tuple[Policy, ...]:
    """Return the policies of a tenant's environment; one that would open nothing is left out."""
    openings = (*(_to_service(name, consumed[name]) for name in sorted(consumed)), *_to_outside(zones.egress[egress]))
    beyond = Policy("egress", egress=openings)
    return (
        DEFAULT_DENY,
        ALLOW_DNS,
        ALLOW_ENVIRONMENT,
        *(policy for policy in (zone_matrix(zones, zone), beyond) if policy.ingress or policy.egress),
    )


def zone_policies(zones: Zones, zone: str, services: Mapping[str, "Service"]) -> tuple[Policy, ...]:
    """Return the policies of a zone's platform namespace: its gateways and its shared services."""
    hosted = (name for name in sorted(zones.gateways) if zones.gateways[name].zone == zone)
    offered = (name for name in sorted(services) if services[name].zone == zone)
    return (
        DEFAULT_DENY,
        ALLOW_DNS,
        *(gateway(zones, name) for name in hosted),
        *(service(name, services[name]) for name in offered),
    )


def zone_matrix(zones: Zones, zone: str) -> Policy:
    """Return what the matrix opens for the tenants of a zone: outwards by its row, inwards by its column."""
    outwards = ((other, zones.matrix[zone][other], zones.zones[other].accepts) for other in sorted(zones.zones))
    inwards = ((other, zones.matrix[other][zone], zones.zones[zone].accepts) for other in sorted(zones.zones))
    return Policy("zone-matrix", ingress=_openings(zones, inwards), egress=_openings(zones, outwards))


def gateway(zones: Zones, name: str) -> Policy:
    """Return who may reach a gateway's pods, and whom they may reach: the two sides of each cell that goes through it."""
    crossings = [
        (source, target)
        for source in sorted(zones.zones)
        for target in sorted(zones.zones)
        if zones.matrix[source][target] == f"via {name}" and zones.zones[target].accepts
    ]
    return Policy(
        f"gateway-{name}",
        pods={labels.GATEWAY: name},
        ingress=tuple(Opening(_tenants(source), zones.zones[target].accepts) for source, target in crossings),
        egress=_once(Opening(_tenants(target), zones.zones[target].accepts) for _, target in crossings),
    )


def service(name: str, offered: "Service") -> Policy:
    """Return who may reach a shared service's pods: the tenants whose namespaces say that they consume it."""
    consumers = Pods({labels.PART: labels.PART_TENANT, labels.consumes(name): labels.CONSUMES})
    return Policy(f"service-{name}", pods={labels.SERVICE: name}, ingress=(Opening(consumers, _tcp(offered.port)),))


def render(policy: Policy) -> "NetworkPolicySpecArgsDict":
    """Return a policy as the spec of a NetworkPolicy."""
    spec: dict[str, Any] = {
        "pod_selector": {"match_labels": policy.pods} if policy.pods else {},
        "policy_types": [
            *(["Ingress"] if policy.ingress is not None else []),
            *(["Egress"] if policy.egress is not None else []),
        ],
    }
    # The API server writes no empty lists back, so none is sent: a refresh would find a difference.
    if policy.ingress:
        spec["ingress"] = [{"from_": [_peer(each.peer)], **_ports(each)} for each in policy.ingress]
    if policy.egress:
        spec["egress"] = [{"to": [_peer(each.peer)], **_ports(each)} for each in policy.egress]
    return spec


def _openings(zones: Zones, cells: Iterable[tuple[str, str, tuple[Port, ...]]]) -> tuple[Opening, ...]:
    # A rule without ports would open all of them, so a zone that accepts nothing gets no rule.
    return _once(
        Opening(_tenants(other) if cell == "allow" else _gateway_pods(zones, cell.removeprefix("via ")), accepts)
        for other, cell, accepts in cells
        if cell != "deny" and accepts
    )


def _once(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    result: list[Opening] = []
    for each in openings:
        if each not in result:
            result.append(each)
    return tuple(result)


def _tenants(zone: str) -> Pods:
    return Pods({labels.PART: labels.PART_TENANT, labels.ZONE: zone})


def _platform(zone: str, pods: Mapping[str, str]) -> Pods:
    return Pods({labels.PART: labels.PART_ZONE, labels.ZONE: zone}, pods)


def _gateway_pods(zones: Zones, name: str) -> Pods:
    return _platform(zones.gateways[name].zone, {labels.GATEWAY: name})


def _to_service(name: str, offered: "Service") -> Opening:
    return Opening(_platform(offered.zone, {labels.SERVICE: name}), _tcp(offered.port))


def _tcp(port: int) -> tuple[Port, ...]:
    return (Port(protocol="TCP", port=port),)


def _to_outside(rule: EgressRule) -> tuple[Opening, ...]:
    # Kubernetes takes as exceptions only true parts of the network, so each network gets those that lie in it.
    closed = [ipaddress.ip_network(text) for text in rule.except_cidrs]
    openings = []
    for text in rule.cidrs:
        network = ipaddress.ip_network(text)
        inside = [each for each in closed if each.version == network.version and each.overlaps(network)]
        if all(each.prefixlen > network.prefixlen for each in inside):
            openings.append(Opening(Addresses(text, tuple(str(each) for each in inside))))
    return tuple(openings)


def _peer(peer: Pods | Addresses) -> "NetworkPolicyPeerArgsDict":
    if isinstance(peer, Addresses):
        return {"ip_block": {"cidr": peer.cidr, "except_": list(peer.without)} if peer.without else {"cidr": peer.cidr}}
    result: dict[str, Any] = {}
    if peer.namespaces:
        result["namespace_selector"] = {"match_labels": peer.namespaces}
    if peer.pods or not peer.namespaces:
        result["pod_selector"] = {"match_labels": peer.pods} if peer.pods else {}
    return result


def _ports(opening: Opening) -> dict[str, Any]:
    ports = [{"protocol": port.protocol, "port": port.port} for port in opening.ports]
    return {"ports": ports} if ports else {}
