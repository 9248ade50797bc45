"""The type tokens are part of every URN: to change one is to replace all that is under it."""

import importlib
import pkgutil

import pulumi

import infra

TOKENS = {
    "CityPlatform": "cityfabric:tenancy:CityPlatform",
    "Guards": "cityfabric:tenancy:Guards",
    "SecurityZone": "cityfabric:network:SecurityZone",
    "Steward": "cityfabric:tenancy:Steward",
    "Tenant": "cityfabric:tenancy:Tenant",
}


def test_tokens_of_all_components() -> None:
    for module in pkgutil.walk_packages(infra.__path__, "infra."):
        importlib.import_module(module.name)
    found = {
        each.__name__: each.TYPE for each in pulumi.ComponentResource.__subclasses__() if each.__module__.startswith("infra.")
    }
    assert found == TOKENS
