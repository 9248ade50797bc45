"""The access review on a real cluster: what it finds is what the API server says, and what nobody declared is told."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.model import labels
from infra.tenancy.roles import role_name
from tests.people import Office, holdings, the_city
from tests.town import ROOT, Town, good

pytestmark = pytest.mark.e2e

RBAC = "/apis/rbac.authorization.k8s.io/v1"
HOME = "west-education-prod"


@pytest.fixture(autouse=True)
def _tidy(office: Office) -> Iterator[None]:
    """Remove what the test bound."""
    yield
    api = office.platform.api()
    for path in (f"{RBAC}/namespaces/{HOME}/rolebindings", f"{RBAC}/clusterrolebindings"):
        api.ask("DELETE", f"{path}/guest")


def bind(office: Office, namespace: str, subject: dict[str, str]) -> None:
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    path = f"{RBAC}/namespaces/{namespace}/rolebindings" if namespace else f"{RBAC}/clusterrolebindings"
    office.platform.api().good("POST", path, {"metadata": {"name": "guest"}, "roleRef": ref, "subjects": [subject]})


def review(town: Town, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    answer = town.cityfabric("access", "--json", *arguments)
    return answer.returncode, json.loads(answer.stdout)["grants"]


def person(name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}


def test_a_city_as_built_has_no_finding_and_everybody_is_in_it(office: Office) -> None:
    code, grants = review(office.town)
    assert [each for each in grants if each["finding"]] == []
    assert code == 0
    found = {(each["namespace"], each["role"], each["subject"]) for each in grants if each["tenant"]}
    assert found == {
        (namespace, role_name(role), subject)
        for namespace, roles in holdings(the_city()).items()
        for role, subjects in roles.items()
        for subject in subjects
    }
    everywhere = {each["subject"]: each["declared"] for each in grants if not each["namespace"]}
    assert everywhere["group:cityfabric:platform-engineers"] == "cluster"
    assert everywhere[f"serviceaccount:{labels.PLATFORM_NAMESPACE}/{labels.STEWARD}"] == "platform"


def test_an_undeclared_binding_is_found_where_it_is(office: Office) -> None:
    bind(office, HOME, person("mallory"))
    code, grants = review(office.town, "west")
    assert code == 1
    (found,) = (each for each in grants if each["finding"])
    assert (found["subject"], found["role"], found["namespace"]) == ("user:mallory", "view", HOME)
    assert review(office.town, "east")[0] == 0


@pytest.mark.parametrize(
    "subject",
    [
        person("mallory"),
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"},
        {"kind": "ServiceAccount", "name": "default", "namespace": HOME},
    ],
    ids=lambda subject: subject["name"],
)
def test_a_cluster_wide_right_of_people_or_tenants_is_found(office: Office, subject: dict[str, str]) -> None:
    bind(office, "", subject)
    code, grants = review(office.town, "east")
    assert code == 1
    (found,) = (each for each in grants if each["finding"])
    assert found["finding"].startswith("reaches into every tenant")


def test_a_role_that_was_widened_is_found(office: Office) -> None:
    api, path = office.platform.api(), f"{RBAC}/clusterroles/{role_name('auditor')}"
    whole = api.good("GET", path)
    wider = [*whole["rules"], {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
    good(
        office.town.kubectl("patch", "clusterrole", role_name("auditor"), "--type=merge", "--patch", json.dumps({"rules": wider}))
    )
    try:
        code, grants = review(office.town)
        assert code == 1
        assert {each["role"] for each in grants if each["finding"]} == {role_name("auditor")}
    finally:
        restored = json.dumps({"rules": whole["rules"]})
        good(office.town.kubectl("patch", "clusterrole", role_name("auditor"), "--type=merge", "--patch", restored))
    assert review(office.town)[0] == 0


def test_the_commands_of_the_guide_work_as_written(office: Office) -> None:
    page = (ROOT / "docs/how-to/review-access.md").read_text("utf-8")
    commands = [
        line.split() for line in re.findall(r"^cityfabric (.+) --city tiny$", page, re.MULTILINE) if line.startswith("access")
    ]
    assert len(commands) == 4
    for command in commands:
        good(office.town.cityfabric(*command))
    for line in re.findall(r"^kubectl (.+)$", page, re.MULTILINE):
        good(office.town.kubectl(*line.split()))
