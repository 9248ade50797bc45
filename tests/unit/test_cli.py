"""The console script: its exit codes, its data, and that a user's mistake never ends in a traceback."""

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from cityfabric import main
from tests.terminal import Run, bring_up


@pytest.mark.parametrize("command", ["up", "status", "env", "down", "reset"])
def test_an_unknown_city_is_told_with_the_known_ones(run: Run, command: str) -> None:
    answer = run(command, "--city", "atlantis")
    assert (answer.code, answer.out) == (2, "")
    assert "there is no city 'atlantis'" in answer.err
    assert "choose one of: tiny" in answer.err


def test_outside_of_a_project_it_is_said_where_to_go(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("up")
    assert answer.code == 2
    assert "cd to the project's folder" in answer.err


@pytest.mark.parametrize("arguments", [["fly"], ["up", "--fly"], []])
def test_wrong_usage_is_wrong_input(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).code == 2


def test_an_interrupted_command_says_how_to_go_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "read_settings", interrupt)
    answer = run("up")
    assert answer.code == 130
    assert "run the command again to go on" in answer.err


@pytest.mark.parametrize("command", ["up", "status", "env"])
def test_a_kubeconfig_that_is_not_there_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    answer = run(command)
    assert answer.code == 2
    assert "KUBECONFIG names /nowhere/config" in answer.err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        "clusters: [hunter2",
        "\x00",
        "{current-context: a, clusters: [], contexts: [], users: []}",
        "{clusters: [], contexts: []}",
        "{current-context: a, clusters: [{name: a, cluster: {}}], contexts: [{name: a, context: {cluster: b, user: hunter2}}]}",
        "{current-context: a, clusters: [{name: a, cluster: 1}], contexts: []}",
    ],
)
def test_a_kubeconfig_that_is_none_is_told_without_quoting_it(run: Run, kubeconfig: Path, text: str) -> None:
    kubeconfig.write_text(text)
    for command in ("status", "up"):
        answer = run(command)
        assert answer.code == 2
        assert f"{kubeconfig} is no kubeconfig" in answer.err
        assert "hunter2" not in answer.err


def test_a_cluster_that_does_not_answer_is_a_finding_before_anything_is_built(run: Run, kubeconfig: Path) -> None:
    entries = "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:9'}}], users: [{name: a, user: {token: hunter2}}]"
    kubeconfig.write_text(f"{{current-context: a, {entries}, contexts: [{{name: a, context: {{cluster: a, user: a}}}}]}}")
    for command in ("status", "up"):
        answer = run(command)
        assert answer.code == 1
        assert "does not answer" in answer.err
        assert "kubectl --kubeconfig" in answer.err
        assert "hunter2" not in answer.err


def test_faulty_data_of_the_whole_city_stops_everything(run: Run, project: Path) -> None:
    zones = project / "stacks" / "tiny" / "zones.yaml"
    zones.write_text(zones.read_text().replace("protection_level:", "protection_levle:", 1))
    answer = run("up", "--json")
    assert (answer.code, answer.out) == (2, "")
    assert "stacks/tiny/zones.yaml:" in answer.err
    assert "nothing was built" in answer.err
    assert "mend:" in answer.err


def test_an_unknown_district_is_told_before_anything_is_built(run: Run) -> None:
    answer = run("up", "north")
    assert answer.code == 2
    assert "north" in answer.err
    assert "east, west" in answer.err


@pytest.mark.parametrize("command", ["up", "status", "env", "down", "reset"])
def test_without_root_it_is_said_what_to_set(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    answer = run(command)
    assert answer.code == 1
    assert "needs root" in answer.err
    assert "set KUBECONFIG" in answer.err


def test_on_another_system_it_is_said_what_to_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.uname", lambda: os.uname_result(("Darwin", "host", "1", "1", "arm64")))
    answer = run("up")
    assert answer.code == 1
    assert "needs Linux, this is Darwin" in answer.err
    assert "set KUBECONFIG" in answer.err


@pytest.mark.parametrize("command", ["down", "reset"])
def test_another_cluster_is_never_taken_down(run: Run, kubeconfig: Path, command: str) -> None:
    answer = run(command)
    assert answer.code == 2
    assert "is for the sandbox alone" in answer.err
    assert kubeconfig.exists()


def test_down_of_a_sandbox_that_never_was_takes_no_slot(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert run("down").code == 0
    assert not (project.parent / "states").exists()


@pytest.mark.parametrize("command", ["status", "env"])
def test_a_sandbox_that_is_not_there_is_told_and_no_tool_is_built(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    answer = run(command)
    assert (answer.code, answer.out) == (1, "")
    assert "run: cityfabric up" in answer.err


def test_env_as_json_is_what_a_shell_evaluates(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up(monkeypatch, project)
    monkeypatch.setenv("PATH", f"/with a blank/it's:{os.environ['PATH']}")
    answer = run("env", "--json")
    found = json.loads(answer.out)
    assert answer.code == 0
    assert {"PATH", "KUBECONFIG", "PULUMI_HOME", "PULUMI_BACKEND_URL", "CITYFABRIC_INSTANCE", "CITYFABRIC_CITY"} <= found.keys()
    assert found["PATH"].startswith("/tools/bin:")
    text = run("env").out
    script = f"export PULUMI_CONFIG_PASSPHRASE=x\n{text}\n/usr/bin/env -0"
    printed = subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True, text=True).stdout
    shell = dict(line.split("=", 1) for line in printed.split("\0") if line)
    assert {name: shell.get(name) for name in found} == found  # null is a variable that is not set
    assert {shlex.split(line)[0] for line in text.splitlines()} == {"export", "unset"}
