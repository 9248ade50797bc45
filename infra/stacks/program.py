"""The one program of all stacks: read which slice this stack is, load the city, check the cluster, declare the slice."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from infra.cluster import Space, connect, doors, foreign_services, spaces
from infra.model import labels
from infra.model.load import load_city
from infra.network.platform import Door
from infra.outputs import export
from infra.stacks.left_out import left_out
from infra.stacks.slice import Slice, read_slice, refuse, select


def main(
    connect: Callable[[str], pulumi.ProviderResource] = connect,
    doors: Callable[[], tuple[Door, ...]] = doors,
    spaces: Callable[[Mapping[str, str]], list[Space]] = spaces,
    foreign_services: Callable[[], Collection[tuple[str, str]]] = foreign_services,
) -> None:
    """Declare the resources of this stack, or refuse with everything that is wrong."""
    chosen: Slice = read_slice(pulumi.Config("cityfabric"))
    loaded = load_city(Path(pulumi.runtime.get_root_directory()) / "stacks" / chosen.city)
    whole = select(chosen, loaded)
    opts = pulumi.ResourceOptions(providers=[connect(chosen.cluster)])
    # Each kind imports what it needs alone: a fifth of a second of a district's run.
    if chosen.district is None:
        from infra.stacks import city  # noqa: PLC0415

        export(city.build(whole, chosen.cluster, opts, doors()))
    else:
        from infra.stacks import district  # noqa: PLC0415
        from infra.tenancy.consumed import taken  # noqa: PLC0415

        today = datetime.now(UTC).date()
        marks = {labels.CITY: chosen.city, labels.DISTRICT: chosen.district, labels.PART: labels.PART_TENANT}
        refuse([*left_out(whole, chosen.district, spaces(marks), today), *taken(whole, chosen.district, foreign_services())])
        export(district.build(whole, chosen.district, chosen.cluster, opts, today))
