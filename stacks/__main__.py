"""The one program of all stacks: read which slice this stack is, load the city, check the cluster, declare the slice."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from infra.cluster import connect, doors
from infra.model.load import load_city
from infra.network.platform import Door
from infra.outputs import export
from stacks import city, district
from stacks.slice import Slice, read_slice, select


def main(connect: Callable[[str], pulumi.ProviderResource] = connect, doors: Callable[[], tuple[Door, ...]] = doors) -> None:
    """Declare the resources of this stack, or refuse with everything that is wrong."""
    chosen: Slice = read_slice(pulumi.Config("cityfabric"))
    loaded = load_city(Path(pulumi.runtime.get_root_directory()) / "stacks" / chosen.city)
    whole = select(chosen, loaded)
    opts = pulumi.ResourceOptions(providers=[connect(chosen.cluster)])
    if chosen.district is None:
        export(city.build(whole, chosen.cluster, opts, doors()))
    else:
        export(district.build(whole, chosen.district, chosen.cluster, opts, datetime.now(UTC).date()))


if __name__ == "__main__":
    main()
