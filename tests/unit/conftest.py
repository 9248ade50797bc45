"""What unit tests share."""

import os
import sys
from pathlib import Path

import pytest

from cityfabric import main, platform
from sandbox import debian
from sandbox.cluster import lifecycle
from sandbox.toolchain import cache, install
from tests.desk import Desk
from tests.terminal import Answer, Run, built
from tests.workshop import ALL, Bench, script


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a copy of the tiny city to edit."""
    return Desk.lay(tmp_path)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench of its own: nothing of this machine's tools is seen."""
    made = Bench(tmp_path)
    for one in ALL:
        (tmp_path / "go" / one.module).mkdir(parents=True)
    script(made.path / "go", 'test "$1" = version && echo "go version go1.26.8 linux/amd64"; exit 0')
    monkeypatch.setattr(cache, "GO_FOLDER", tmp_path / "go")
    monkeypatch.setattr(install, "build", made.build)
    monkeypatch.setenv("CITYFABRIC_CACHE", str(made.cache))
    monkeypatch.setenv("PATH", f"{made.path}:/usr/bin:/bin")
    monkeypatch.delenv(install.KEEP, raising=False)
    return made


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a project of one city with nothing set; whatever would be built fails the test."""
    folder = tmp_path / "project"
    Desk.lay(folder / "stacks")
    (folder / "Pulumi.yaml").write_text("name: cityfabric\n", "utf-8")
    for name in [name for name in os.environ if name.startswith(("CITYFABRIC_", "KUBECONFIG", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path / "states"))
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CITYFABRIC_CITY", "tiny")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(platform, "ensure", built)
    monkeypatch.setattr(lifecycle, "up", built)
    monkeypatch.setattr(debian, "ensure", built)
    return folder


@pytest.fixture
def run(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the console script in the project."""
    assert project.is_dir()

    def call(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["cityfabric", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Answer(int(ended.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set KUBECONFIG to a file, and return it."""
    file = tmp_path / "kubeconfig"
    file.write_text("{}")
    monkeypatch.setenv("KUBECONFIG", str(file))
    return file
