"""What the cluster says of a city's quotas: every environment that it has, and what is used of it."""

from collections.abc import Iterable
from decimal import Decimal

from lightkube.utils.quantity import parse_quantity

from cityfabric import overview, platform
from cityfabric.overview import Row
from cityfabric.settings import Settings
from infra.model.quota import Usage

_MIB = 1 << 20


def rows(settings: Settings) -> list[Row]:
    """Return every environment of the city that the cluster has.

    Raises:
        EngineError: There is no cluster, it is not up, or it does not answer.
    """
    if settings.sandbox:
        platform.require_sandbox(settings)
        found = platform.sandbox_status(settings, platform.tools(settings))
        if not found.ready:
            raise platform.not_up(settings, found)
    with platform.asked(settings) as api:
        return overview.rows(api, settings.city)


def usage(found: Iterable[Row]) -> Usage | None:
    """Return what is used in these environments together; None where the cluster has no quota of any."""
    parts = [row.used for row in found if row.used]
    if not parts:
        return None

    def whole(name: str, times: int = 1) -> int:
        """Return the sum of what is used of a resource, rounded down once."""
        return int(sum((parse_quantity(part.get(name)) or Decimal() for part in parts), Decimal()) * times)

    return Usage(
        cpu_millicores=whole("requests.cpu", 1000),
        memory_mib=whole("requests.memory") // _MIB,
        storage_mib=whole("requests.storage") // _MIB,
        pods=whole("pods"),
    )
