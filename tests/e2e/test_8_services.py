"""Endpoints and bindings of shared services: the department whose they are sees and uses them, and cannot change or forge them.

That nobody changes what is there is tried with all the platform's objects in test_8_protected.py.
"""

from typing import Any

import pytest

from infra.model import labels
from infra.tenancy.roles import DEPLOYER
from tests.people import Office, Person
from tests.town import good

pytestmark = pytest.mark.e2e

CORE = "/api/v1/namespaces"
FOREIGN = "west-education-prod"  # consumes authentication too
HOST = "authentication.zone-extranet.svc.cluster.local"
OURS = {labels.MANAGED_BY: labels.MANAGER}


def forged() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what would look like an endpoint or a binding, by what it is: kind and document."""
    alias = {"type": "ExternalName", "externalName": HOST, "ports": [{"port": 8443}]}
    plain = {"selector": {"app": "sly"}, "ports": [{"port": 8443}]}
    return {
        "an alias": ("services", {"metadata": {"name": "sly"}, "spec": alias}),
        "an alias with the platform's label": ("services", {"metadata": {"name": "sly", "labels": OURS}, "spec": alias}),
        "a service with the platform's label": ("services", {"metadata": {"name": "sly", "labels": OURS}, "spec": plain}),
        "a secret with the platform's label": ("secrets", {"metadata": {"name": "sly", "labels": OURS}}),
        "a secret of the platform's name": ("secrets", {"metadata": {"name": "cityfabric-payment"}}),
        "a secret of the platform's name by chance": ("secrets", {"metadata": {"generateName": "cityfabric-"}}),
    }


@pytest.mark.parametrize("what", forged())
def test_the_department_cannot_forge_them(everybody: dict[str, Person], what: str) -> None:
    deployer = everybody[DEPLOYER]
    kind, document = forged()[what]
    status, found = deployer.api().ask("POST", f"{CORE}/{deployer.homes[0]}/{kind}?dryRun=All", document)
    assert (status, " cannot " in found["message"]) == (403, False), f"by a guard, not by RBAC: {found['message']}"


def test_the_department_cannot_take_the_name_when_it_is_free_for_a_moment(office: Office, everybody: dict[str, Person]) -> None:
    deployer = everybody[DEPLOYER]
    services = f"{CORE}/{deployer.homes[0]}/services"
    document = {"metadata": {"name": "authentication"}, "spec": {"selector": {"app": "sly"}, "ports": [{"port": 8443}]}}
    office.platform.api().good("DELETE", f"{services}/authentication")
    try:
        status, found = deployer.api().ask("POST", services, document)
    finally:
        good(office.town.cityfabric("up", "east"))
    assert status == 403
    assert "the name of a shared service that the tenant consumes" in found["message"]
    (put_back,) = office.town.get("service", "authentication", f"--namespace={deployer.homes[0]}")
    assert put_back["spec"]["externalName"] == HOST


def test_the_department_makes_its_own_services_and_secrets_as_before(everybody: dict[str, Person]) -> None:
    deployer = everybody[DEPLOYER]
    home = f"{CORE}/{deployer.homes[0]}"
    deployer.api().good(
        "POST", f"{home}/services?dryRun=All", {"metadata": {"name": "payment"}, "spec": {"ports": [{"port": 80}]}}
    )
    deployer.api().good("POST", f"{home}/secrets?dryRun=All", {"metadata": {"name": "own"}, "stringData": {"password": "x"}})


@pytest.mark.parametrize("verb", ["PATCH", "DELETE"])
@pytest.mark.parametrize("role", ["developer", "operator", "auditor", DEPLOYER])
def test_the_department_cannot_change_or_delete_them(everybody: dict[str, Person], role: str, verb: str) -> None:
    api, home = everybody[role].api(), f"{CORE}/{everybody[role].homes[0]}"
    change = {"metadata": {"labels": {labels.MANAGED_BY: None}}} if verb == "PATCH" else None
    for path in ("services/authentication", "secrets/cityfabric-authentication"):
        assert api.ask(verb, f"{home}/{path}", change, "application/merge-patch+json")[0] == 403, path


def test_people_see_the_endpoint_and_only_the_pipeline_reads_the_binding(everybody: dict[str, Person]) -> None:
    for role in ("developer", "operator", "auditor", DEPLOYER):
        api, home = everybody[role].api(), everybody[role].homes[0]
        assert api.ask("GET", f"{CORE}/{home}/services/authentication")[0] == 200, role
        assert api.ask("GET", f"{CORE}/{home}/secrets/cityfabric-authentication")[0] == (200 if role == DEPLOYER else 403), role
        assert api.ask("GET", f"{CORE}/{FOREIGN}/secrets/cityfabric-authentication")[0] == 403, role
