"""What is on the cluster and no more in the data: leaving a tenant out of its file deletes nothing, an approved erasure does."""

from collections.abc import Iterable
from datetime import date

from infra.cluster import Space
from infra.model import labels
from infra.model.city import City
from infra.model.offboarding import Stage


def left_out(city: City, district: str, spaces: Iterable[Space], today: date) -> list[str]:
    """Return in words which namespaces of a district would be deleted though nobody may delete them.

    Args:
        city: The city as its data has it.
        district: The district whose stack runs.
        spaces: The namespaces of its tenants that are on the cluster.
        today: The day that it is.
    """
    tenants = city.districts[district].tenants
    declared = {
        labels.namespace_name(district, name, environment) for name, each in tenants.items() for environment in each.environments
    }
    return [_told(city, district, space) for space in spaces if space.name not in declared and not _erasable(city, space, today)]


def _erasable(city: City, space: Space, today: date) -> bool:
    district, tenant, environment = (space.labels.get(key, "") for key in (labels.DISTRICT, labels.TENANT, labels.ENVIRONMENT))
    leaving = [each for each in city.offboardings.values() if each.concerns(district, tenant, environment)]
    # Another namespace of the same name is not the one that was exported.
    return any(
        each.stage(today) is Stage.APPROVED and each.exported and each.exported.namespaces.get(space.name) == space.uid
        for each in leaving
    )


def _told(city: City, district: str, space: Space) -> str:
    file = f"stacks/{city.city.name}/districts/{district}.yaml"
    return (
        f"{file}: the namespace {space.name} is on the cluster, and its environment is not in the file any more; leaving it out "
        "deletes nothing; mend: write it back, or let the tenant leave as docs/how-to/leave.md says"
    )
