"""Pulumi's locks: a dead process's is cleared, a living one's is respected, and each refusal says what to do."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from cityfabric.errors import EngineError
from cityfabric.locks import clear_stale
from cityfabric.settings import Settings
from tests.workshop import script

STACK = "sandbox.tiny.east"
DEAD = 2**22 + 1  # above the kernel's largest process id


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of an instance with a made-up Pulumi that removes the locks when it is told to cancel."""
    state = tmp_path / "states" / "sandbox"
    found = Settings(tmp_path, "rivertown", "tiny", "sandbox", state, state / "kubeconfig", sandbox=True)
    folder(found).mkdir(parents=True)
    script(tmp_path / "bin" / "pulumi", f'test "$1 $2 $4" = "cancel --yes {STACK}" && rm {folder(found)}/*.json')
    return found


def folder(settings: Settings) -> Path:
    return settings.backend / ".pulumi" / "locks" / "organization" / "rivertown" / STACK


def lock(settings: Settings, pid: int, machine: str = "") -> Path:
    file = folder(settings) / f"{pid}.json"
    file.write_text(json.dumps({"pid": pid, "hostname": machine or socket.gethostname(), "username": "root"}))
    return file


def clear(settings: Settings) -> None:
    clear_stale(settings, {"PATH": f"{settings.root}/bin:{os.environ['PATH']}"}, STACK)


def test_without_a_lock_nothing_is_done(settings: Settings) -> None:
    (settings.root / "bin" / "pulumi").unlink()
    clear(settings)


def test_the_lock_of_a_killed_process_is_cleared(settings: Settings) -> None:
    file = lock(settings, DEAD)
    clear(settings)
    assert not file.exists()


def test_a_number_that_another_program_has_now_is_no_living_pulumi(settings: Settings) -> None:
    file = lock(settings, os.getpid())
    clear(settings)
    assert not file.exists()


def test_a_living_processs_lock_is_respected(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "name", lambda _: "pulumi")
    file = lock(settings, os.getpid())
    with pytest.raises(EngineError, match=f"locked: process {os.getpid()} on") as refusal:
        clear(settings)
    assert f"pulumi cancel --stack {STACK}" in refusal.value.mend
    assert file.exists()


def test_a_killed_process_that_nobody_has_collected_yet_is_no_living_one(settings: Settings, tmp_path: Path) -> None:
    program = tmp_path / "killed" / "pulumi"
    program.parent.mkdir()
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "60"]) as process:
        file = lock(settings, process.pid)
        with pytest.raises(EngineError, match="locked"):
            clear(settings)
        process.kill()
        while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        clear(settings)
        assert not file.exists()


def test_nothing_is_known_of_processes_on_another_machine(settings: Settings) -> None:
    file = lock(settings, DEAD, "elsewhere")
    with pytest.raises(EngineError, match=f"process {DEAD} on elsewhere"):
        clear(settings)
    assert file.exists()


def test_a_lock_released_meanwhile_is_none(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings.root / "bin" / "pulumi").unlink()
    gone = folder(settings) / "1.json"
    monkeypatch.setattr(Path, "glob", lambda *_: iter([gone]))
    clear(settings)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": "x", "hostname": "h"}'])
def test_a_file_that_is_no_lock_is_told(settings: Settings, text: str) -> None:
    lock(settings, DEAD).write_text(text)
    with pytest.raises(EngineError, match="is no lock of Pulumi's") as refusal:
        clear(settings)
    assert f"pulumi cancel --stack {STACK}" in refusal.value.mend


def test_a_pulumi_that_does_not_clear_it_is_told(settings: Settings) -> None:
    script(settings.root / "bin" / "pulumi", "echo no right >&2; exit 1")
    lock(settings, DEAD)
    with pytest.raises(EngineError, match=f"the stale lock of {STACK} was not cleared: no right"):
        clear(settings)
