"""`cityfabric access`: what it reads from the cluster, shows of whom, as a table and as data, and what it exits with."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import PolicyRule, RoleRef, Subject
from lightkube.resources.core_v1 import Namespace
from lightkube.resources.rbac_authorization_v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from cityfabric import platform
from infra.model import labels
from infra.model.load import load_city
from infra.tenancy.bindings import bindings
from infra.tenancy.roles import CATALOGUE, role_name
from tests.desk import ROOT
from tests.terminal import Run, bring_up

PROD = "east-education-prod"


class Cluster:
    """Stands in for the client: holds made-up objects."""

    def __init__(self) -> None:
        self.objects: list[Any] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def list(self, kind: type, **_: object) -> list[Any]:
        """Return what is of that kind."""
        return [each for each in self.objects if type(each) is kind]

    def bind(self, namespace: str, name: str, role: str, *subjects: str, kind: str = "ClusterRole") -> None:
        """Add a binding."""
        metadata, ref = (
            ObjectMeta(name=name, namespace=namespace or None),
            RoleRef(apiGroup="rbac.authorization.k8s.io", kind=kind, name=role),
        )
        made = [subject(each) for each in subjects]
        binding = (
            RoleBinding(roleRef=ref, metadata=metadata, subjects=made)
            if namespace
            else ClusterRoleBinding(roleRef=ref, metadata=metadata, subjects=made)
        )
        self.objects.append(binding)


def subject(text: str) -> Subject:
    kind, name = text.split(":", 1)
    if kind == "serviceaccount":
        return Subject(kind="ServiceAccount", name=name.split("/")[1], namespace=name.split("/")[0])
    return Subject(kind=kind.capitalize(), name=name)


@pytest.fixture
def cluster(project: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Let the sandbox be up, with all that the tiny city declares."""
    bring_up(monkeypatch, project)
    made = Cluster()
    city = load_city(ROOT / "stacks" / "tiny").city
    assert city is not None
    for district in city.districts.values():
        for tenant, declared in district.tenants.items():
            for environment in declared.environments:
                name = labels.namespace_name(district.name, tenant, environment)
                marks = {
                    labels.DISTRICT: district.name,
                    labels.TENANT: tenant,
                    labels.ENVIRONMENT: environment,
                    labels.PART: "tenant",
                }
                made.objects.append(Namespace(metadata=ObjectMeta(name=name, labels=marks)))
                for each in bindings(declared, district.administrators, name, datetime.now(UTC).date()):
                    made.bind(name, each.name, role_name(each.role), *each.subjects)
    for role, spec in CATALOGUE.items():
        rules = [
            PolicyRule(verbs=list(rule.verbs), apiGroups=[rule.group], resources=list(rule.resources)) for rule in spec.rules
        ]
        made.objects.append(ClusterRole(metadata=ObjectMeta(name=role_name(role)), rules=rules))
    made.bind("", "admins", "cluster-admin", "group:cityfabric:platform-engineers")
    monkeypatch.setattr(platform, "client", lambda _: made)
    return made


@pytest.mark.usefixtures("cluster")
def test_a_city_as_declared_is_shown_without_findings(run: Run) -> None:
    answer = run("access")
    assert answer.code == 0
    line = next(line for line in answer.out.splitlines() if line.startswith("group:east-education-operators"))
    assert line.split() == [
        "group:east-education-operators",
        "cityfabric-operator",
        "east/education",
        "(prod,",
        "test)",
        "data",
    ]
    assert "findings: 0" in answer.err
    assert "运维人员 / Operator" in answer.out
    assert "create, get: pods/exec" in answer.out
    assert "everywhere" in next(line for line in answer.out.splitlines() if line.startswith("group:cityfabric:platform"))


@pytest.mark.usefixtures("cluster")
def test_json_is_complete(run: Run) -> None:
    found = json.loads(run("access", "--json").out)
    (grant,) = (each for each in found["grants"] if (each["subject"], each["namespace"]) == ("group:east-auditors", PROD))
    assert grant == {
        "subject": "group:east-auditors",
        "role": "cityfabric-auditor",
        "district": "east",
        "tenant": "education",
        "environment": "prod",
        "namespace": PROD,
        "until": "",
        "binding": "cityfabric-auditor",
        "declared": "data",
        "finding": "",
    }
    assert {"verbs": ["get"], "resources": ["pods/log"]} in found["roles"]["cityfabric-developer"]["may"]
    assert set(found["roles"]) == {*map(role_name, CATALOGUE), "cluster-admin"}


def test_what_is_not_declared_is_a_finding(run: Run, cluster: Cluster) -> None:
    cluster.objects.append(
        Role(metadata=ObjectMeta(name="own", namespace=PROD), rules=[PolicyRule(verbs=["*"], apiGroups=["*"], resources=["*"])])
    )
    cluster.bind(PROD, "mine", "own", "user:mallory", kind="Role")
    answer = run("access", "east")
    assert answer.code == 1
    assert "findings: 1" in answer.err
    assert "not declared in the data" in next(line for line in answer.out.splitlines() if line.startswith("user:mallory"))
    assert "*: *.*" in answer.out
    assert run("access", "west").code == 0, "of another district"


def test_a_district_is_reviewed_with_what_reaches_into_every_one(run: Run, cluster: Cluster) -> None:
    cluster.bind("", "backdoor", "cluster-admin", "user:mallory")
    answer = run("access", "west", "--json")
    assert answer.code == 1
    grants = json.loads(answer.out)["grants"]
    assert {each["district"] for each in grants} == {"west", ""}
    assert {each["subject"] for each in grants if not each["district"]} == {"user:mallory", "group:cityfabric:platform-engineers"}


@pytest.mark.usefixtures("cluster")
def test_one_subject_alone(run: Run) -> None:
    grants = json.loads(run("access", "--subject", "group:east-administrators", "--json").out)["grants"]
    assert {each["role"] for each in grants} == {"cityfabric-district-administrator"}
    assert {each["namespace"] for each in grants} == {PROD, "east-education-test", "east-civil-affairs-prod"}
    assert json.loads(run("access", "--subject", "user:nobody", "--json").out)["grants"] == []


@pytest.mark.usefixtures("cluster")
def test_an_unknown_district_is_told_with_those_there_are(run: Run) -> None:
    answer = run("access", "north")
    assert (answer.code, answer.out) == (2, "")
    assert "choose among: east, west" in answer.err


@pytest.mark.usefixtures("cluster")
def test_of_a_faulty_city_nobody_can_say_what_it_declares(run: Run, project: Path) -> None:
    file = project / "stacks/tiny/districts/west.yaml"
    file.write_text(file.read_text("utf-8").replace("zone: data", "zone: date"), "utf-8")
    answer = run("access", "east")
    assert (answer.code, answer.out) == (2, "")
    assert "stacks/tiny/districts/west.yaml:" in answer.err
