"""`cityfabric quota`: what each level was given, promised, keeps back, has free and uses, as a table and as data."""

import io
import json
from pathlib import Path

import pytest
from lightkube.models.core_v1 import ResourceQuotaStatus
from lightkube.resources.core_v1 import ResourceQuota
from rich.console import Console

from cityfabric import platform
from cityfabric.overview import Row
from cityfabric.quotas.show import Entry, entries, shown_as, table
from infra.model.load import load_city
from infra.model.quota import UNITS
from tests.amounts import usage
from tests.desk import ROOT
from tests.terminal import Cluster, Run, bring_up, namespace, quota

HEAD = ["level", "given", "promised", "reserved", "free", "used"]


def used(namespace: str, **amounts: str) -> ResourceQuota:
    """Return the quota of a namespace of which so much is used."""
    found = quota(namespace)
    found.status = ResourceQuotaStatus(
        used={name.replace("_", "."): amount for name, amount in amounts.items()}, hard={"pods": "5"}
    )
    return found


@pytest.fixture
def cluster(project: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Let the sandbox be up, with three environments, and one that the data declares no more."""
    bring_up(monkeypatch, project)
    marks = {"zone": "extranet"}
    made = Cluster(
        namespace("east-education-prod", district="east", tenant="education", environment="prod", **marks),
        namespace("east-education-test", district="east", tenant="education", environment="test", **marks),
        namespace("east-gone-prod", district="east", tenant="gone", environment="prod", **marks),
        namespace("west-statistics-prod", district="west", tenant="statistics", environment="prod", **marks),
        used("east-education-prod", pods="3", requests_cpu="250m", requests_memory="512Mi", requests_storage="1Gi"),
        used("east-education-test", pods="1", requests_cpu="20m", requests_memory="1Mi", requests_storage="0"),
        used("east-gone-prod", pods="1", requests_cpu="1", requests_memory="1Gi", requests_storage="0"),
        used("somewhere-else", pods="1k"),
    )
    monkeypatch.setattr(platform, "client", lambda _: made)
    return made


def of_level(out: str, name: str) -> list[list[str]]:
    """Return the four lines of a level, by words."""
    lines = [line.split() for line in out.splitlines()]
    begin = next(number for number, line in enumerate(lines) if line[:1] == [name] and "cores" in line)
    return [lines[begin][1:], *lines[begin + 1 : begin + 4]]


@pytest.mark.usefixtures("cluster")
def test_each_level_adds_up(run: Run) -> None:
    answer = run("quota")
    assert answer.code == 0
    assert HEAD in [line.split() for line in answer.out.splitlines()]
    assert of_level(answer.out, "tiny") == [
        ["CPU", "cores", "6", "4", "1", "1", "1.27"],
        ["memory", "GiB", "12", "8", "2", "2", "1.501"],
        ["storage", "GiB", "40", "32", "4", "4", "1"],
        ["pods", "80", "60", "5", "15", "5"],
    ]
    assert of_level(answer.out, "west")[3] == ["pods", "30", "10", "5", "15", "-"]
    assert of_level(answer.out, "east")[0] == ["CPU", "cores", "2", "1.5", "0", "0.5", "1.27"]
    assert of_level(answer.out, "education")[3] == ["pods", "10", "10", "0", "0", "4"]
    assert of_level(answer.out, "statistics")[3] == ["pods", "5", "5", "0", "0", "-"]
    assert "gone" not in answer.out


@pytest.mark.usefixtures("cluster")
def test_a_district_is_shown_with_its_tenants_alone(run: Run) -> None:
    answer = run("quota", "west")
    assert answer.code == 0
    assert "statistics" in answer.out
    assert "east" not in answer.out
    assert [level["district"] for level in json.loads(run("quota", "west", "--json").out)["levels"]] == ["west"] * 3


@pytest.mark.usefixtures("cluster")
def test_json_is_complete(run: Run) -> None:
    found = json.loads(run("quota", "--json").out)
    assert (found["city"], found["broken"]) == ("tiny", [])
    places = [(level["district"], level["tenant"]) for level in found["levels"]]
    assert places[:4] == [("", ""), ("east", ""), ("east", "education"), ("east", "civil-affairs")]
    assert places[4:] == [("west", ""), ("west", "education"), ("west", "statistics")]
    assert found["levels"][2] == {
        "district": "east",
        "tenant": "education",
        "given": {"cpu_millicores": 1000, "memory_gib": 2, "storage_gib": 4, "pods": 10},
        "promised": {"cpu_millicores": 1000, "memory_gib": 2, "storage_gib": 4, "pods": 10},
        "reserved": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0},
        "free": {"cpu_millicores": 0, "memory_gib": 0, "storage_gib": 0, "pods": 0},
        "used": {"cpu_millicores": 270, "memory_mib": 513, "storage_mib": 1024, "pods": 4},
    }
    assert found["levels"][6]["used"] is None
    for level in found["levels"]:
        for unit in UNITS:
            assert level["given"][unit] == level["promised"][unit] + level["reserved"][unit] + level["free"][unit]


@pytest.mark.usefixtures("cluster")
def test_an_unknown_district_is_told_with_those_there_are(run: Run) -> None:
    answer = run("quota", "north")
    assert (answer.code, answer.out) == (2, "")
    assert "choose among: east, west" in answer.err


@pytest.mark.usefixtures("cluster")
def test_a_faulty_district_is_told_and_left_out(run: Run, project: Path) -> None:
    west = project / "stacks/tiny/districts/west.yaml"
    west.write_text(west.read_text().replace("zone: data", "zone: date"))
    answer = run("quota", "--json")
    assert answer.code == 2
    assert "stacks/tiny/districts/west.yaml:" in answer.err
    found = json.loads(answer.out)
    assert found["broken"] == ["west"]
    assert {level["district"] for level in found["levels"]} == {"", "east"}
    assert run("quota", "west").code == 2


def test_nothing_on_the_cluster_is_a_finding_and_what_is_declared_is_shown(run: Run, cluster: Cluster) -> None:
    cluster.objects = ()
    answer = run("quota")
    assert answer.code == 1
    assert of_level(answer.out, "tiny")[3] == ["pods", "80", "60", "5", "15", "-"]
    assert "cityfabric up" in answer.err


@pytest.mark.parametrize("command", ["quota", "decide"])
def test_a_sandbox_that_is_down_is_a_finding_and_names_what_is_down(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    bring_up(monkeypatch, project, ready=False)
    answer = run(command)
    assert (answer.code, answer.out) == (1, "")
    assert "kubelet BACKOFF" in answer.err
    assert "run: cityfabric up" in answer.err


@pytest.mark.parametrize("command", ["quota", "decide"])
def test_a_cluster_that_does_not_answer_is_a_finding(run: Run, kubeconfig: Path, command: str) -> None:
    entries = "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:9'}}], users: [{name: a, user: {token: hunter2}}]"
    kubeconfig.write_text(f"{{current-context: a, {entries}, contexts: [{{name: a, context: {{cluster: a, user: a}}}}]}}")
    answer = run(command)
    assert (answer.code, answer.out) == (1, "")
    assert "does not answer" in answer.err


@pytest.mark.parametrize("command", ["quota", "decide"])
def test_an_unknown_city_is_told_with_the_known_ones(run: Run, command: str) -> None:
    answer = run(command, "--city", "atlantis")
    assert (answer.code, answer.out) == (2, "")
    assert "choose one of: tiny" in answer.err


def hangzhou(*districts: str) -> list[Entry]:
    city = load_city(ROOT / "stacks/hangzhou").city
    assert city
    rows = [Row("xihu", "education", "prod", "extranet", "Active", "n", {"pods": "7", "requests.memory": "1023Ki"}, {})]
    return list(entries(city, rows, districts))


def test_a_large_city_is_shown_by_district_and_tenants_of_those_that_are_named() -> None:
    assert [(entry.district, entry.tenant) for entry in hangzhou()][:2] == [("", ""), ("binjiang", "")]
    assert len(hangzhou()) == 15
    named = hangzhou("xihu", "yuhang")
    assert len(named) == 2 * 9
    assert next(entry for entry in named if entry.tenant == "education").used == usage(pods=7)


@pytest.mark.parametrize("width", [80, 100])
def test_no_line_is_broken_and_no_amount_is_cut(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table(hangzhou("municipal"), "hangzhou", width=width))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= width
    assert sum("storage GiB" in line for line in lines) == 46
    assert any(line.split()[:6] == ["storage", "GiB", "499000", "434050", "24950", "40000"] for line in lines)


def test_amounts_are_shown_to_three_places() -> None:
    assert [shown_as("cpu_millicores", amount) for amount in (0, 5, 1000, 1500, 101_500)] == ["0", "0.005", "1", "1.5", "101.5"]
    assert shown_as("memory_gib", usage(memory_mib=1536).of("memory_gib")) == "1.5"
    assert shown_as("pods", 100) == "100"
