"""Running the engine: its environment, what is made of its events. Pulumi is made up here."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cityfabric import engine
from cityfabric.configs import prepare
from cityfabric.engine import Outcome, Tools
from cityfabric.errors import EngineError, Exit
from cityfabric.settings import Settings
from tests.workshop import script

PULUMI = """echo "$@" >> "$NOTES/arguments"
env > "$NOTES/environment"
case "$1" in stack) exit 0 ;; esac
cat "$NOTES/events"
cat "$NOTES/stderr" >&2
exit $(cat "$NOTES/code")"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings of a sandbox instance; nothing of the tester's shell is seen."""
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NOTES", str(tmp_path))
    (tmp_path / "root").mkdir()
    state = tmp_path / "states" / "sandbox"
    return Settings(tmp_path / "root", "cityfabric", "tiny", "sandbox", state, state / "kubeconfig", sandbox=True)


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Return a made-up engine."""
    script(tmp_path / "bin" / "pulumi", PULUMI)
    return Tools(tmp_path / "bin", tmp_path / "home")


def say(folder: Path, *events: object, stderr: str = "", code: int = 0) -> None:
    """Let the made-up engine print these lines and end so."""
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    (folder / "events").write_text("".join(f"{line}\n" for line in lines))
    (folder / "stderr").write_text(stderr)
    (folder / "code").write_text(str(code))


def test_plain_pulumi_and_kubectl_find_everything(
    settings: Settings, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tools.bin}:/usr/bin:/bin")
    found = engine.variables(settings, tools)
    assert found["PATH"] == f"{tmp_path}/bin:{tmp_path}/root/.venv/bin:/usr/bin:/bin"
    assert found["KUBECONFIG"] == str(settings.kubeconfig)
    assert found["PULUMI_HOME"] == str(tmp_path / "home")
    assert found["PULUMI_BACKEND_URL"] == (settings.state / "pulumi").as_uri()
    assert found["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(settings.state / "passphrase")
    assert (found["CITYFABRIC_INSTANCE"], found["CITYFABRIC_CITY"]) == ("sandbox", "tiny")


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_on_another_cluster_the_users_own_backend_and_passphrase_stay(
    settings: Settings, tools: Tools, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://mine")
    monkeypatch.setenv(name, "mine")
    outside = replace(settings, instance="external", sandbox=False)
    assert not {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(
        engine.variables(outside, tools)
    )
    assert engine.variables(settings, tools)["PULUMI_BACKEND_URL"].startswith("file://")  # but the sandbox keeps its own


def test_a_passphrase_of_the_users_shell_is_not_the_sandboxs(
    settings: Settings, tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "of-another-project")
    say(tmp_path)
    engine.run(settings, tools, settings.stack(), "up")
    assert "of-another-project" not in (tmp_path / "environment").read_text()
    outside = replace(settings, instance="external", sandbox=False)
    assert engine.environment(outside, tools)["PULUMI_CONFIG_PASSPHRASE"] == "of-another-project"


def test_no_secret_is_in_arguments_or_environment(settings: Settings, tools: Tools, tmp_path: Path) -> None:
    prepare(settings, "uid", [])
    say(tmp_path)
    engine.run(settings, tools, settings.stack(), "up")
    passphrase = (settings.state / "passphrase").read_text()
    assert passphrase not in (tmp_path / "arguments").read_text()
    assert passphrase not in (tmp_path / "environment").read_text()
    assert passphrase not in "".join(path.read_text() for path in settings.stack_configs.iterdir())


def test_what_the_provider_leaves_in_the_folder_for_temporary_files_goes_with_the_run(
    settings: Settings, tools: Tools, tmp_path: Path
) -> None:
    say(tmp_path)
    engine.run(settings, tools, settings.stack(), "up")
    given = next(line for line in (tmp_path / "environment").read_text().splitlines() if line.startswith("TMPDIR="))
    folder = settings.state / "tmp"
    assert Path(given.removeprefix("TMPDIR=")).parent == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not list(folder.iterdir())


def test_events_are_passed_on_and_summed_up(settings: Settings, tools: Tools, tmp_path: Path) -> None:
    changes = {"create": 2, "update": 1, "same": 40}
    events: list[Any] = [
        {"resOutputsEvent": {"metadata": {"op": "create"}}},
        "no JSON at all",
        "[1]",
        {"diagnosticEvent": {"severity": "warning", "message": "slow"}},
        {"summaryEvent": {"resourceChanges": changes}},
    ]
    say(tmp_path, *events, stderr="chatter")
    seen: list[dict[str, Any]] = []
    outcome = engine.run(settings, tools, "sandbox.tiny.east", "up", seen.append)
    assert outcome == Outcome("sandbox.tiny.east", changes, ())
    assert outcome.changed == 3
    assert [event for event in seen if event] == [event for event in events if isinstance(event, dict)]
    made, ran = (tmp_path / "arguments").read_text().splitlines()
    assert made == "stack select --create sandbox.tiny.east --non-interactive"
    assert ran.startswith("up --stack sandbox.tiny.east --json --non-interactive")
    assert {"--yes", "--skip-preview"} <= set(ran.split())


def test_a_preview_changes_nothing(settings: Settings, tools: Tools, tmp_path: Path) -> None:
    say(tmp_path)
    engine.run(settings, tools, "sandbox.tiny.east", "preview")
    assert "--yes" not in (tmp_path / "arguments").read_text()


def test_what_the_program_reports_is_the_error(settings: Settings, tools: Tools, tmp_path: Path) -> None:
    errors = [{"diagnosticEvent": {"severity": "error", "message": f"{text}\n"}} for text in ("cluster refused", "and more")]
    say(tmp_path, *errors, stderr="a traceback", code=255)
    assert engine.run(settings, tools, "sandbox.tiny.east", "up").errors == ("cluster refused", "and more")


@pytest.mark.parametrize(("stderr", "errors"), [("one\ntwo\n", ("one", "two")), ("", ("pulumi ended with exit code 255",))])
def test_an_engine_that_fails_without_events_is_told(
    settings: Settings, tools: Tools, tmp_path: Path, stderr: str, errors: tuple[str, ...]
) -> None:
    say(tmp_path, stderr=stderr, code=255)
    assert engine.run(settings, tools, "sandbox.tiny.east", "up").errors == errors


def test_a_stack_that_cannot_be_made_is_an_engines_error(settings: Settings, tools: Tools) -> None:
    script(tools.bin / "pulumi", "echo no room >&2; exit 1")
    with pytest.raises(EngineError, match=r"the stack sandbox\.tiny\.east could not be made: no room") as failure:
        engine.run(settings, tools, "sandbox.tiny.east", "up")
    assert failure.value.code is Exit.FINDINGS
