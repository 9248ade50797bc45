"""A security zone: the platform's namespace in it, closed but for its gateways and shared services, which have a name there.

Not done here: the pods of the gateways and services themselves; they are deployed into the namespace and found by their labels.
"""

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.core.v1 import Service as KubernetesService
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.metadata import POD_SECURITY, UNAWAITED, metadata
from infra.model import labels
from infra.model.base import Model, Name
from infra.model.organisation import Service
from infra.model.zone import Zones
from infra.network.policies import render, zone_policies
from infra.network.services import offered


class SecurityZoneSpec(Model):
    """What a zone is made from."""

    city: Name
    """The city."""
    zones: Zones
    """The whole network split, this zone included."""
    services: dict[Name, Service]
    """The shared platform services of the city; those of other zones are passed over."""
    declared_in: str
    """The file that declares it, from the project's root."""


class SecurityZone(pulumi.ComponentResource):
    """The platform namespace of the zone that its name says."""

    TYPE = "cityfabric:network:SecurityZone"

    namespace: pulumi.Output[str]
    """Name of the platform namespace, known once it exists."""

    def __init__(self, name: str, spec: SecurityZoneSpec, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.TYPE, name, None, opts)
        zone = spec.zones.zones[name]
        full = labels.zone_namespace(name)
        marks = {
            labels.CITY: spec.city,
            labels.PART: labels.PART_ZONE,
            labels.ZONE: name,
            labels.PROTECTION_LEVEL: str(zone.protection_level),
            **POD_SECURITY,
        }
        notes = {labels.TITLE: f"{zone.title.zh} / {zone.title.en}", labels.DECLARED_IN: spec.declared_in}
        namespace = Namespace(full, metadata=metadata(full, marks=marks, notes=notes), opts=pulumi.ResourceOptions(parent=self))
        self.namespace = namespace.metadata.name
        child = pulumi.ResourceOptions(parent=self, deleted_with=namespace)
        for policy in zone_policies(spec.zones, name, spec.services):
            NetworkPolicy(
                f"{full}/{policy.name}",
                metadata=metadata(policy.name, namespace=self.namespace),
                spec=render(policy),
                opts=child,
            )
        for service, declared in spec.services.items():
            if declared.zone == name:
                _offer(full, self.namespace, service, declared, child)
        self.register_outputs({"namespace": self.namespace})


def _offer(full: str, namespace: pulumi.Output[str], name: str, service: Service, child: pulumi.ResourceOptions) -> None:
    notes = {labels.TITLE: f"{service.title.zh} / {service.title.en}", **UNAWAITED}
    KubernetesService(
        f"{full}/{name}",
        metadata=metadata(name, namespace=namespace, marks={labels.SERVICE: name}, notes=notes),
        spec=offered(name, service),
        opts=child,
    )
