"""What tests share: a mock of the engine, and a small city that uses everything a city can use."""

import pytest
from hypothesis import settings

from infra.model.organisation import Service
from infra.model.tenant import Tenant
from infra.model.zone import Zones
from tests.engine import Engine

# A busy machine is no fault of the code; what hangs is ended by pytest's own timeout.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def engine() -> Engine:
    """Return a mock of the engine."""
    return Engine()


@pytest.fixture
def zones() -> Zones:
    """Return a small network split with every kind of cell, a gateway in a third zone, and a zone that accepts nothing."""
    title = {"zh": "安全域", "en": "A zone"}
    return Zones.model_validate(
        {
            "zones": {
                "internet": {
                    "title": title,
                    "protection_level": 2,
                    "egress": ["closed", "trusted", "public"],
                    "accepts": [{"protocol": "TCP", "port": 443}],
                },
                "extranet": {
                    "title": title,
                    "protection_level": 3,
                    "egress": ["closed", "trusted"],
                    "accepts": [{"protocol": "TCP", "port": 8443}, {"protocol": "UDP", "port": 4433}],
                },
                "data": {
                    "title": title,
                    "protection_level": 3,
                    "egress": ["closed"],
                    "accepts": [{"protocol": "TCP", "port": 5432}],
                },
                "vault": {"title": title, "protection_level": 4, "egress": ["closed"], "accepts": []},
            },
            "gateways": {
                "edge": {"title": title, "zone": "internet"},
                "guard": {"title": title, "zone": "extranet"},
            },
            "matrix": {
                "internet": {"internet": "deny", "extranet": "via edge", "data": "deny", "vault": "deny"},
                "extranet": {"internet": "allow", "extranet": "allow", "data": "via guard", "vault": "allow"},
                "data": {"internet": "deny", "extranet": "via guard", "data": "deny", "vault": "via guard"},
                "vault": {"internet": "deny", "extranet": "deny", "data": "allow", "vault": "deny"},
            },
            "egress": {
                "closed": {},
                "trusted": {"cidrs": ["198.51.100.0/24"]},
                "public": {"cidrs": ["0.0.0.0/0", "::/0"], "except_cidrs": ["10.0.0.0/8", "192.168.0.0/16", "fc00::/7"]},
            },
        }
    )


@pytest.fixture
def services() -> dict[str, Service]:
    """Return two shared services in two zones."""
    title = {"zh": "服务", "en": "A service"}
    return {
        "identity": Service.model_validate(
            {"title": title, "kind": "function", "zone": "extranet", "port": 8080, "type": "oidc", "scheme": "https"}
        ),
        "population": Service.model_validate(
            {"title": title, "kind": "database", "zone": "data", "port": 5432, "type": "postgresql", "authority": "police"}
        ),
    }


@pytest.fixture
def tenant() -> Tenant:
    """Return a tenant that uses everything a tenant can use."""
    return Tenant.model_validate(
        {
            "title": {"zh": "门户", "en": "Portal"},
            "owner": "statistics",
            "contact": {"email": "duty@statistics.example", "phone": "+86 571 1234"},
            "cost_code": "TJ-2015-001",
            "protection_level": 2,
            "zone": "internet",
            "egress": "public",
            "quota": {"cpu_millicores": 3000, "memory_gib": 1026, "storage_gib": 10, "pods": 30},
            "environments": {
                "prod": {"quota": {"cpu_millicores": 2000, "memory_gib": 1024, "storage_gib": 0, "pods": 20}},
                "test": {"quota": {"cpu_millicores": 150, "memory_gib": 2, "storage_gib": 10, "pods": 10}},
            },
            "roles": {
                "developer": ["group:statistics-dev"],
                "operator": ["group:ops", "user:li.wei@hz.example"],
                "auditor": ["group:audit"],
            },
            "consumes": ["identity"],
        }
    )
