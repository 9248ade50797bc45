"""What each level was given, what it promised on, what it keeps back, and what is free: the same sum at every level.

The words stand in GLOSSARY.md. What is used is no part of it: that is the cluster's to say.
"""

from dataclasses import dataclass

from infra.model.organisation import CityFile
from infra.model.quota import Quota, total
from infra.model.tenant import District, Tenant


@dataclass(frozen=True, slots=True)
class Balance:
    """The quota of one level, in four amounts."""

    given: Quota
    """What the level above allotted; for the city its capacity."""
    promised: Quota
    """What the levels below were allotted, in all."""
    reserved: Quota
    """What is kept back."""

    @property
    def taken(self) -> Quota:
        """What is promised or reserved; sound data have no more of it than was given."""
        return self.promised + self.reserved

    @property
    def free(self) -> Quota:
        """What may still be promised; below zero in faulty data alone."""
        return self.given - self.taken


def of_city(city: CityFile) -> Balance:
    """Return the balance of a city: its capacity, and the allotments of its districts."""
    return Balance(city.capacity, total(city.allotments.values()), city.reserve)


def of_district(allotment: Quota, district: District) -> Balance:
    """Return the balance of a district: its allotment, and the quotas of its tenants."""
    return Balance(allotment, total(tenant.quota for tenant in district.tenants.values()), district.reserve)


def of_tenant(tenant: Tenant) -> Balance:
    """Return the balance of a tenant: its quota, and those of its environments."""
    return Balance(tenant.quota, total(each.quota for each in tenant.environments.values()), tenant.reserve)
