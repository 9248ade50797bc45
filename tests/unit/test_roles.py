"""The catalogue of roles keeps the three rules of its module."""

import pytest

from infra.model.tenant import Role
from infra.tenancy.roles import CATALOGUE, CHANGE, DEPLOYER, DISTRICT_ADMINISTRATOR, Rule, role_name

# Only the platform writes these.
PROTECTED = {
    ("", "resourcequotas"),
    ("", "limitranges"),
    ("", "namespaces"),
    ("networking.k8s.io", "networkpolicies"),
    ("rbac.authorization.k8s.io", "roles"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
}
RULES = [(name, rule) for name, role in CATALOGUE.items() for rule in role.rules]
WRITES = {*CHANGE, "deletecollection"}


def grants(role: str) -> set[tuple[str, str, str]]:
    return {(rule.group, resource, verb) for rule in CATALOGUE[role].rules for resource in rule.resources for verb in rule.verbs}


def test_catalogue_has_every_role_of_the_model() -> None:
    assert set(CATALOGUE) == {*Role, DEPLOYER, DISTRICT_ADMINISTRATOR}


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_no_wildcard(name: str, rule: Rule) -> None:
    for text in (rule.group, *rule.resources, *rule.verbs):
        assert "*" not in text, name


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_nothing_hands_rights_on(name: str, rule: Rule) -> None:
    assert not {"escalate", "bind", "impersonate"} & set(rule.verbs), name
    assert "serviceaccounts/token" not in rule.resources, name
    assert rule.group not in {"admissionregistration.k8s.io", "apiextensions.k8s.io", "authentication.k8s.io"}, name


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_nobody_in_a_tenant_writes_what_the_platform_made(name: str, rule: Rule) -> None:
    if WRITES & set(rule.verbs):
        for resource in rule.resources:
            assert (rule.group, resource.split("/")[0]) not in PROTECTED, name


@pytest.mark.parametrize("role", [Role.AUDITOR, DISTRICT_ADMINISTRATOR])
def test_readers_only_read(role: str) -> None:
    assert {verb for _, _, verb in grants(role)} <= {"get", "list", "watch"}


def test_only_the_deployer_reads_secrets() -> None:
    assert {role for role in CATALOGUE for group, resource, _ in grants(role) if (group, resource) == ("", "secrets")} == {
        DEPLOYER
    }


def test_only_the_operator_may_exec() -> None:
    assert {role for role in CATALOGUE for _, resource, _ in grants(role) if resource == "pods/exec"} == {Role.OPERATOR}


def test_the_operator_changes_no_workload() -> None:
    assert not {each for each in grants(Role.OPERATOR) if each[1] in {"deployments", "statefulsets"} and each[2] in WRITES}


def test_names() -> None:
    assert role_name("developer") == "cityfabric-developer"
