"""A stack of kind `district`: the tenants of one district."""

from datetime import date

import pulumi

from infra.model.city import City
from infra.model.labels import namespace_name
from infra.model.offboarding import suspended
from infra.outputs import DistrictOutputs
from infra.tenancy.bindings import lapsed
from infra.tenancy.tenant import Tenant, TenantSpec


def build(city: City, name: str, cluster: str, opts: pulumi.ResourceOptions, today: date) -> DistrictOutputs:
    """Declare the tenants of the district `name` as they are to be today."""
    district = city.districts[name]
    for each in lapsed(name, district, today):
        pulumi.log.warn(each)
    for tenant, declared in district.tenants.items():
        Tenant(
            tenant,
            TenantSpec(
                city=city.city.name,
                district=name,
                administrators=district.administrators,
                tenant=declared,
                zones=city.zones,
                services=dict(city.services),
                cluster_domain=city.city.cluster_domain,
                declared_in=f"stacks/{city.city.name}/districts/{name}.yaml",
                today=today,
                suspended=suspended(city.offboardings.values(), name, tenant, declared.environments),
            ),
            opts=opts,
        )
    namespaces = {
        tenant: {environment: namespace_name(name, tenant, environment) for environment in declared.environments}
        for tenant, declared in district.tenants.items()
    }
    return DistrictOutputs(
        city=city.city.name,
        district=name,
        cluster=cluster,
        namespaces=namespaces,
        tenant_count=len(namespaces),
        namespace_count=sum(len(environments) for environments in namespaces.values()),
    )
