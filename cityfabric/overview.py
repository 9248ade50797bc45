"""`cityfabric status`: the city as it stands on the cluster, district by district and tenant by tenant."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from lightkube import Client
from lightkube.resources.core_v1 import Namespace, ResourceQuota
from rich.table import Table

from infra.model import labels


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One environment of a tenant, as the cluster has it."""

    district: str
    tenant: str
    environment: str
    zone: str
    state: str
    """Phase of the namespace: Active or Terminating."""
    namespace: str
    used: dict[str, str]
    """What is used of the quota, by Kubernetes' name of the resource."""
    hard: dict[str, str]
    """The quota, likewise."""

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return asdict(self)


def rows(client: Client, city: str) -> list[Row]:
    """Return every environment of every tenant of a city that the cluster has."""
    quotas: dict[str, tuple[dict[str, str], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    for quota in client.list(ResourceQuota, namespace="*", labels={labels.MANAGED_BY: labels.MANAGER}):
        if quota.metadata and quota.metadata.namespace and quota.status:
            quotas[quota.metadata.namespace] = (dict(quota.status.used or {}), dict(quota.status.hard or {}))
    found = []
    for namespace in client.list(Namespace, labels={labels.CITY: city, labels.PART: labels.PART_TENANT}):
        metadata, status = namespace.metadata, namespace.status
        if not metadata or not metadata.name:
            continue
        marks = metadata.labels or {}
        used, hard = quotas[metadata.name]
        found.append(
            Row(
                district=marks.get(labels.DISTRICT, ""),
                tenant=marks.get(labels.TENANT, ""),
                environment=marks.get(labels.ENVIRONMENT, ""),
                zone=marks.get(labels.ZONE, ""),
                state=(status.phase if status else None) or "unknown",
                namespace=metadata.name,
                used=used,
                hard=hard,
            )
        )
    return sorted(found, key=lambda row: (row.district, row.tenant, row.environment))


def table(found: Iterable[Row], title: str) -> Table:
    """Draw the rows."""
    drawn = Table("district", "tenant", "environment", "zone", "state", "pods", "CPU", "memory", title=title)
    district = None
    for row in found:
        first = row.district != district
        if first and district is not None:
            drawn.add_section()
        district = row.district
        state = row.state if row.state == "Active" else f"[yellow]{row.state}[/]"
        amounts = [_share(row, name) for name in ("pods", "requests.cpu", "requests.memory")]
        drawn.add_row(row.district if first else "", row.tenant, row.environment, row.zone, state, *amounts)
    return drawn


def _share(row: Row, resource: str) -> str:
    return f"{row.used.get(resource, '0')} of {row.hard.get(resource, '-')}"
