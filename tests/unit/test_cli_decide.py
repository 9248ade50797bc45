"""`cityfabric decide`: the verdicts of open requests, and that --apply writes what was meant, whole, and nothing else."""

import difflib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lightkube.models.core_v1 import ResourceQuotaStatus
from lightkube.resources.core_v1 import ResourceQuota

from cityfabric import platform
from cityfabric.quotas import apply
from infra.model.load import load_city
from tests.terminal import Cluster, Run, bring_up, namespace, quota

EAST, PODS = "stacks/tiny/districts/east.yaml", "stacks/tiny/requests/education-pods.yaml"
TODAY = datetime.now(UTC).astimezone().date().isoformat()


def used(pods: int, environment: str = "prod") -> ResourceQuota:
    found = quota(f"east-education-{environment}")
    amounts = {"pods": str(pods), "requests.cpu": "250m", "requests.memory": "512Mi", "requests.storage": "0"}
    found.status = ResourceQuotaStatus(used=amounts, hard={"pods": "5"})
    return found


@pytest.fixture
def cluster(project: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Let the sandbox be up; the environment that asks for 7 pods instead of 5 uses 3, the other one of that tenant 1."""
    bring_up(monkeypatch, project)
    marks = {"district": "east", "tenant": "education", "zone": "extranet"}
    both = [namespace(f"east-education-{name}", environment=name, **marks) for name in ("prod", "test")]
    made = Cluster(*both, used(3), used(1, "test"))
    monkeypatch.setattr(platform, "client", lambda _: made)
    return made


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def changed(before: str, after: str) -> list[str]:
    """Return the lines that were taken away and added."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def edit(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text("utf-8")
    assert text.count(old) == 1
    (project / file).write_text(text.replace(old, new), "utf-8")


@pytest.mark.usefixtures("cluster")
def test_a_request_that_usage_justifies_passes_and_nothing_is_written(run: Run, project: Path) -> None:
    before = snapshot(project)
    answer = run("decide")
    assert answer.code == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "education-pods passes: east/education/prod" in lines
    assert "pods 5 7 3 usage: up by 40 %, and 60 % is used" in lines
    assert not any("cores" in line for line in lines), "what stays is not shown"
    assert "cityfabric decide education-pods --apply" in answer.err
    assert snapshot(project) == before


def test_a_request_that_nothing_justifies_waits_and_says_what_to_write(run: Run, cluster: Cluster, project: Path) -> None:
    cluster.objects = (*cluster.objects[:2], used(1), used(5, "test"))
    before = snapshot(project)
    for arguments in ((), ("--apply",)):
        answer = run("decide", *arguments)
        assert answer.code == 1
        assert "waits for an approval: east/education/prod" in answer.out
        assert "20 % is used, and at least 35 % would justify an increase" in answer.out
        assert f"approval: {{by: user:NAME, day: {TODAY}, reason: WHY}}" in answer.err
        assert snapshot(project) == before


def test_json_is_complete(run: Run, cluster: Cluster) -> None:
    cluster.objects = cluster.objects[:2]
    answer = run("decide", "--json")
    assert answer.code == 1
    (found,) = json.loads(answer.out)
    units = found.pop("units")
    assert found == {
        "request": "education-pods",
        "district": "east",
        "tenant": "education",
        "environment": "prod",
        "passes": False,
        "applied": False,
        "current": {"cpu_millicores": 500, "memory_gib": 1, "storage_gib": 2, "pods": 5},
        "wanted": {"cpu_millicores": 500, "memory_gib": 1, "storage_gib": 2, "pods": 7},
        "used": None,
    }
    assert units["cpu_millicores"] == {"rule": "same", "reason": "stays as it is"}
    assert units["pods"] == {"rule": None, "reason": "what is used is not known: the cluster has nothing of it"}


@pytest.mark.usefixtures("cluster")
def test_what_passes_is_written_into_both_files_and_nowhere_else(run: Run, project: Path) -> None:
    before = snapshot(project)
    texts = {file: (project / file).read_text("utf-8") for file in (EAST, PODS)}
    answer = run("decide", "--apply", "--json")
    assert answer.code == 0
    assert [found["applied"] for found in json.loads(answer.out)] == [True]
    assert "provision it with: cityfabric up east" in answer.err
    after = snapshot(project)
    assert {file for file in after if after[file] != before.get(file)} == {EAST, PODS}
    assert before.keys() == after.keys()
    assert changed(texts[EAST], after[EAST].decode()) == [
        "-    quota: {cpu_millicores: 1000, memory_gib: 2, storage_gib: 4, pods: 10}",
        "+    quota: {cpu_millicores: 1000, memory_gib: 2, storage_gib: 4, pods: 12}",
        "-        quota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 5}",
        "+        quota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 7}",
    ]
    assert after[PODS].decode() == texts[PODS] + (
        "decision:\n"
        f"  day: {TODAY}\n"
        "  was: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 5}\n"
        "  used: {cpu_millicores: 250, memory_mib: 512, storage_mib: 0, pods: 3}\n"
        "  rules: {cpu_millicores: same, memory_gib: same, storage_gib: same, pods: usage}\n"
    )
    loaded = load_city(project / "stacks/tiny")
    assert loaded.problems == ()
    assert loaded.city is not None
    tenant = loaded.city.districts["east"].tenants["education"]
    assert (tenant.quota.pods, tenant.environments["prod"].quota.pods, tenant.environments["test"].quota.pods) == (12, 7, 5)


@pytest.mark.usefixtures("cluster")
def test_a_closed_request_is_not_decided_again(run: Run) -> None:
    assert run("decide", "--apply").code == 0
    again = run("decide")
    assert (again.code, again.out) == (0, "")
    assert "no request of tiny is open" in again.err
    assert json.loads(run("decide", "--json").out) == []
    named = run("decide", "education-pods")
    assert named.code == 2
    assert f"was decided on {TODAY}" in named.err
    assert "choose among the open ones: none" in named.err


def test_an_approval_lets_it_pass_and_its_words_are_shown_as_they_are(run: Run, cluster: Cluster, project: Path) -> None:
    cluster.objects = ()
    approval = "asked_on: 2026-11-20\napproval: {by: user:zhang, day: 2026-11-21, reason: 'Ticket [red]'}\n"
    edit(project, PODS, "asked_on: 2026-11-20\n", approval)
    answer = run("decide", "--apply")
    assert answer.code == 0
    assert "approval: approved by user:zhang on 2026-11-21: Ticket [red]" in answer.out
    decision = load_city(project / "stacks/tiny").city.requests["education-pods"].decision  # type: ignore[union-attr]
    assert decision is not None
    assert (decision.rules.pods, decision.used) == ("approval", None)


@pytest.mark.usefixtures("cluster")
def test_a_tenants_own_quota_is_measured_by_all_its_environments(run: Run, project: Path) -> None:
    old = "environment: prod\nquota: {cpu_millicores: 500, memory_gib: 1, storage_gib: 2, pods: 7}"
    edit(project, PODS, old, "quota: {cpu_millicores: 1000, memory_gib: 2, storage_gib: 4, pods: 15}")
    before = (project / EAST).read_text("utf-8")
    (found,) = json.loads(run("decide", "--apply", "--json").out)
    assert (found["used"]["pods"], found["environment"], found["applied"]) == (4, None, True)
    assert [line[0] for line in changed(before, (project / EAST).read_text("utf-8"))] == ["-", "+"]


def test_requests_of_one_district_are_written_one_after_the_other(run: Run, cluster: Cluster, project: Path) -> None:
    assert cluster.objects
    text = (project / PODS).read_text("utf-8")
    other = text.replace("education-pods", "fewer").replace("east/education", "east/civil-affairs").replace("pods: 7", "pods: 4")
    (project / "stacks/tiny/requests/fewer.yaml").write_text(other.replace("11-20", "11-19"), "utf-8")
    answers = json.loads(run("decide", "--apply", "--json").out)
    assert [(found["request"], found["applied"]) for found in answers] == [("fewer", True), ("education-pods", True)]
    city = load_city(project / "stacks/tiny").city
    assert city is not None
    tenants = city.districts["east"].tenants
    assert (tenants["civil-affairs"].quota.pods, tenants["education"].quota.pods) == (4, 12)
    assert all(request.decision for request in city.requests.values())


@pytest.mark.usefixtures("cluster")
def test_only_the_named_requests_are_decided(run: Run, project: Path) -> None:
    text = (project / PODS).read_text("utf-8").replace("east/education", "west/education").replace("education-pods", "other")
    (project / "stacks/tiny/requests/other.yaml").write_text(text, "utf-8")
    assert [found["request"] for found in json.loads(run("decide", "education-pods", "--json").out)] == ["education-pods"]
    answer = run("decide", "education-podz")
    assert (answer.code, answer.out) == (2, "")
    assert "choose among the open ones: education-pods, other" in answer.err


@pytest.mark.usefixtures("cluster")
def test_requests_of_a_faulty_district_are_left_out(run: Run, project: Path) -> None:
    edit(project, EAST, "level: district", "level: distrikt")
    answer = run("decide", "--apply")
    assert answer.code == 2
    assert "stacks/tiny/districts/east.yaml:" in answer.err
    assert "decision:" not in (project / PODS).read_text("utf-8")
    named = run("decide", "education-pods")
    assert named.code == 2
    assert "no request 'education-pods' in a faultless district" in named.err


@pytest.mark.usefixtures("cluster")
def test_a_file_that_would_not_say_what_is_meant_is_not_written(run: Run, project: Path) -> None:
    first, _, *rest = (project / PODS).read_text("utf-8").splitlines()
    (project / PODS).write_text(f"{first}\n{{{', '.join(rest)}}}\n", "utf-8")  # sound, and no block to add a decision to
    assert load_city(project / "stacks/tiny").problems == ()
    before = snapshot(project)
    answer = run("decide", "--apply")
    assert answer.code == 2
    assert "this is not YAML" in answer.err
    assert "nothing was written" in answer.err
    assert snapshot(project) == before


@pytest.mark.usefixtures("cluster")
def test_a_number_in_the_wrong_place_is_never_written(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "with_numbers", lambda text, _: text.replace("pods: 30", "pods: 31"))
    before = snapshot(project)
    answer = run("decide", "--apply")
    assert answer.code == 2
    assert "nothing was written" in answer.err
    assert snapshot(project) == before


@pytest.mark.usefixtures("cluster")
def test_what_somebody_writes_meanwhile_is_not_lost(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copytree = shutil.copytree

    def copy(*arguments: Path, **options: bool) -> object:
        (project / EAST).write_text((project / EAST).read_text("utf-8") + "# mine\n", "utf-8")
        return copytree(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(shutil, "copytree", copy)
    answer = run("decide", "--apply")
    assert answer.code == 2
    assert "districts/east.yaml changed meanwhile; nothing was written" in answer.err
    assert (project / EAST).read_text("utf-8").endswith("# mine\n")
    assert "decision:" not in (project / PODS).read_text("utf-8")
    assert [path.name for path in (project / "stacks").iterdir()] == ["tiny"]


@pytest.mark.usefixtures("cluster")
def test_a_run_that_is_cut_off_is_finished_by_the_next(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def cut_off(self: Path, target: Path) -> Path:
        if target.name == "education-pods.yaml":
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        assert run("decide", "--apply").code == 130
    assert [path.name for path in (project / "stacks").iterdir()] == ["tiny"], "nothing is left behind"
    half = load_city(project / "stacks/tiny")
    assert half.problems == ()
    assert half.city is not None
    assert half.city.districts["east"].tenants["education"].quota.pods == 12
    assert half.city.requests["education-pods"].decision is None
    assert run("decide", "--apply").code == 0
    whole = load_city(project / "stacks/tiny").city
    assert whole is not None
    assert whole.districts == half.city.districts
    assert whole.requests["education-pods"].decision is not None
