"""What all tenants of a city stand on: cluster roles, priority classes, guards, the security zones and the steward.

Not done here: anything that belongs to one tenant, so that no change of a tenant touches this stack.
"""

from collections.abc import Mapping
from typing import Final, Literal

import pulumi
from pulumi_kubernetes.rbac.v1 import ClusterRole
from pulumi_kubernetes.scheduling.v1 import PriorityClass

from infra.metadata import metadata
from infra.model import labels
from infra.model.base import Model, Name, Title
from infra.model.organisation import Service
from infra.model.zone import Zones
from infra.network.platform import Door
from infra.network.zone import SecurityZone, SecurityZoneSpec
from infra.tenancy.guards import Guards, GuardsSpec
from infra.tenancy.roles import CATALOGUE, role_name
from infra.tenancy.steward import Steward, StewardSpec


class Priority(Model):
    """Which pods run first, and whether they may push others out."""

    title: Title
    """What people call it."""
    value: int
    """The higher, the sooner; a pod that names no class has 0."""
    preemption: Literal["PreemptLowerPriority", "Never"]
    """Whether it may push pods of a lower priority out."""
    for_tenants: bool
    """Whether pods of tenants may name it."""


PRIORITIES: Final[dict[str, Priority]] = {
    "platform-critical": Priority(
        title=Title(zh="平台关键服务", en="Gateways and shared services of the platform"),
        value=1_000_000,
        # Gateways and services wait for room like everybody else: nothing that runs is pushed out for them.
        preemption="Never",
        for_tenants=False,
    ),
    "tenant-standard": Priority(
        title=Title(zh="租户普通负载", en="Workloads of tenants; the same as naming no class"),
        value=0,
        preemption="PreemptLowerPriority",
        for_tenants=True,
    ),
    "tenant-batch": Priority(
        title=Title(zh="租户批处理", en="Workloads of tenants that can wait"),
        value=-1_000,
        preemption="Never",
        for_tenants=True,
    ),
}


class CityPlatformSpec(Model):
    """What a city's platform is made from."""

    city: Name
    """The city."""
    zones: Zones
    """The network split."""
    zones_declared_in: str
    """The file that declares it, from the project's root."""
    services: dict[Name, Service]
    """The shared platform services."""
    registry: str
    """Host name of the city's image registry."""
    doors: tuple[Door, ...]
    """Where the cluster's API server answers."""


class CityPlatform(pulumi.ComponentResource):
    """The platform of one city."""

    TYPE = "cityfabric:tenancy:CityPlatform"

    cluster_roles: Mapping[str, pulumi.Output[str]]
    """Names of the cluster roles, by role of the catalogue."""
    priority_classes: Mapping[str, pulumi.Output[str]]
    """Names of the priority classes, by class."""
    zones: Mapping[str, SecurityZone]
    """The security zones, by name."""

    def __init__(self, name: str, spec: CityPlatformSpec, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.TYPE, name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        marks = {labels.CITY: spec.city}
        self.cluster_roles = {role: _cluster_role(role, marks, child) for role in CATALOGUE}
        self.priority_classes = {
            key: PriorityClass(
                key,
                metadata=metadata(key, marks=marks),
                value=each.value,
                preemption_policy=each.preemption,
                description=f"{each.title.zh} / {each.title.en}",
                opts=child,
            ).metadata.name
            for key, each in PRIORITIES.items()
        }
        self.zones = {
            zone: SecurityZone(
                zone,
                SecurityZoneSpec(city=spec.city, zones=spec.zones, services=spec.services, declared_in=spec.zones_declared_in),
                opts=child,
            )
            for zone in spec.zones.zones
        }
        highest = max(each.value for each in PRIORITIES.values() if each.for_tenants)
        Guards(name, GuardsSpec(city=spec.city, highest_priority=highest), opts=child)
        steward = StewardSpec(city=spec.city, registry=spec.registry, doors=spec.doors)
        Steward(name, steward, priority_class=self.priority_classes["platform-critical"], opts=child)
        self.register_outputs({"zones": {zone: each.namespace for zone, each in self.zones.items()}})


def _cluster_role(role: str, marks: Mapping[str, str], child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    spec = CATALOGUE[role]
    full = role_name(role)
    made = ClusterRole(
        full,
        metadata=metadata(full, marks=marks, notes={labels.TITLE: f"{spec.title.zh} / {spec.title.en}"}),
        rules=[{"api_groups": [rule.group], "resources": list(rule.resources), "verbs": list(rule.verbs)} for rule in spec.rules],
        opts=child,
    )
    name: pulumi.Output[str] = made.metadata.name
    return name
