"""`cityfabric status`: what it shows of which districts, as a table and as data."""

import json
from pathlib import Path

import pytest
from lightkube.resources.core_v1 import Namespace, ResourceQuota

from cityfabric import platform
from tests.terminal import HARD, USED, Cluster, Run, bring_up, namespace, quota


@pytest.fixture
def cluster(project: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Let the sandbox be up, with two districts of one tenant each."""
    bring_up(monkeypatch, project)
    marks = {"environment": "prod", "zone": "extranet"}
    made = Cluster(
        namespace("east-education-prod", district="east", tenant="education", **marks),
        namespace("west-statistics-prod", district="west", tenant="statistics", **marks),
        quota("east-education-prod"),
    )
    monkeypatch.setattr(platform, "client", lambda _: made)
    return made


def many() -> list[Namespace | ResourceQuota]:
    return [namespace(f"east-t{n}-prod", district="east", tenant=f"t{n}", environment="prod", zone="data") for n in range(50)]


def test_the_city_is_shown_with_zone_state_and_quota(run: Run, cluster: Cluster) -> None:
    answer = run("status")
    assert answer.code == 0
    assert cluster.asked
    lines = [line.split() for line in answer.out.splitlines()]
    assert ["education", "prod", "extranet", "Active", "3/10", "0.5/2.5", "1.5/4"] in lines
    assert ["statistics", "prod", "extranet", "Active", "-/-", "-/-", "-/-"] in lines


def test_json_is_complete(run: Run, cluster: Cluster) -> None:
    cluster.objects = (*cluster.objects, *many())
    found = json.loads(run("status", "--json").out)
    assert found["sandbox"] == {"etcd": "RUNNING", "kubelet": "RUNNING"}
    assert len(found["tenants"]) == 52
    education = next(row for row in found["tenants"] if row["tenant"] == "education")
    assert education == {
        "district": "east",
        "tenant": "education",
        "environment": "prod",
        "zone": "extranet",
        "state": "Active",
        "namespace": "east-education-prod",
        "used": USED,
        "hard": HARD,
    }


def test_many_tenants_are_shown_by_district_or_by_all(run: Run, cluster: Cluster) -> None:
    cluster.objects = (*cluster.objects, *many())
    assert "statistics" not in run("status").out
    assert "west" in run("status").out
    assert "statistics" in run("status", "--all").out
    shown = run("status", "west").out
    assert "statistics" in shown
    assert "t49" not in shown


@pytest.mark.usefixtures("cluster")
def test_json_of_a_district_is_of_that_district(run: Run) -> None:
    assert [row["district"] for row in json.loads(run("status", "west", "--json").out)["tenants"]] == ["west"]


@pytest.mark.usefixtures("cluster")
def test_an_unknown_district_is_told_with_those_there_are(run: Run) -> None:
    answer = run("status", "north", "east")
    assert (answer.code, answer.out) == (2, "")
    assert "north" in answer.err
    assert "choose among: east, west; or build it: cityfabric up north" in answer.err


def test_an_empty_cluster_is_a_finding(run: Run, cluster: Cluster) -> None:
    cluster.objects = ()
    answer = run("status")
    assert (answer.code, answer.out) == (1, "")
    assert "cityfabric up" in answer.err
    answer = run("status", "--json")
    assert (answer.code, json.loads(answer.out)["tenants"]) == (1, [])


def test_a_sandbox_that_is_down_is_a_finding_and_names_what_is_down(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_up(monkeypatch, project, ready=False)
    answer = run("status")
    assert (answer.code, answer.out) == (1, "")
    assert "kubelet BACKOFF" in answer.err
    answer = run("status", "--json")
    assert answer.code == 1
    assert json.loads(answer.out) == {"sandbox": {"etcd": "RUNNING", "kubelet": "BACKOFF"}, "tenants": []}
