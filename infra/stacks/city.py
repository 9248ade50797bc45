"""A stack of kind `city`: what all tenants stand on."""

import pulumi

from infra.model.city import City
from infra.model.labels import zone_namespace
from infra.network.platform import Door
from infra.outputs import CityOutputs
from infra.tenancy.platform import PRIORITIES, CityPlatform, CityPlatformSpec
from infra.tenancy.roles import CATALOGUE, role_name


def build(city: City, cluster: str, opts: pulumi.ResourceOptions, doors: tuple[Door, ...]) -> CityOutputs:
    """Declare the platform of `city` on the cluster whose API server answers at `doors`."""
    name = city.city.name
    CityPlatform(
        name,
        CityPlatformSpec(
            city=name,
            zones=city.zones,
            zones_declared_in=f"stacks/{name}/zones.yaml",
            services=dict(city.services),
            registry=city.city.registry,
            doors=doors,
        ),
        opts=opts,
    )
    return CityOutputs(
        city=name,
        cluster=cluster,
        zone_namespaces={zone: zone_namespace(zone) for zone in city.zones.zones},
        cluster_roles={role: role_name(role) for role in CATALOGUE},
        priority_classes=tuple(PRIORITIES),
    )
