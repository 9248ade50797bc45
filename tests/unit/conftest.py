"""What unit tests share."""

from pathlib import Path

import pytest

from sandbox.toolchain import cache, install
from tests.desk import Desk
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
