"""What each kind of stack exports, typed for those who read it. Only names and counts, no secrets."""

import pulumi

from infra.model.base import Model


class CityOutputs(Model):
    """What a stack of kind `city` exports."""

    kind: str = "city"
    """The kind of stack."""
    city: str
    """The city."""
    cluster: str
    """Identity of the cluster that holds it."""
    zone_namespaces: dict[str, str]
    """Platform namespaces by zone."""
    cluster_roles: dict[str, str]
    """Names of the cluster roles by role of the catalogue."""
    priority_classes: tuple[str, ...]
    """Names of the priority classes."""


class DistrictOutputs(Model):
    """What a stack of kind `district` exports."""

    kind: str = "district"
    """The kind of stack."""
    city: str
    """The city."""
    district: str
    """The district."""
    cluster: str
    """Identity of the cluster that holds it."""
    namespaces: dict[str, dict[str, str]]
    """Namespaces by tenant and environment."""
    tenant_count: int
    """Number of tenants."""
    namespace_count: int
    """Number of namespaces."""


def export(outputs: CityOutputs | DistrictOutputs) -> None:
    """Export a stack's outputs, each under the name of its field."""
    for name, value in outputs.model_dump(mode="json").items():
        pulumi.export(name, value)
