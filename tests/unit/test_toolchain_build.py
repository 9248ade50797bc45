"""Building with Go: what it is told, what is kept of its output, and what a failure says. Go is made up here."""

import os
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.toolchain import build
from tests.workshop import recipe, script

GO = """echo "$@" >> "$CALLS"
case "$1" in
build)
  echo "example.com/one"; echo "go: downloading example.com/two v1.0.0"; echo "# example.com/two"; echo "example.com/two"
  while [ "$1" != -o ]; do shift; done
  pwd > "$2"; touch here ;;
list) echo "$MODULE" ;;
esac"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a made-up Go on PATH, and return it; it notes its calls beside itself."""
    (tmp_path / "go" / "tool").mkdir(parents=True)
    (tmp_path / "cache").mkdir()
    (tmp_path / "into").mkdir()
    monkeypatch.setattr(build, "GO_FOLDER", tmp_path / "go")
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return script(tmp_path / "path" / "go", GO)


def test_go_builds_read_only_from_a_copy_of_the_sources(go: Path, tmp_path: Path) -> None:
    assert go.exists()
    counts: list[int] = []
    build.build(recipe(ldflags="-X a=b"), tmp_path / "into", tmp_path / "log", counts.append)
    (call,) = (tmp_path / "calls").read_text().splitlines()
    assert call == f"build -v -ldflags -s -w -X a=b -o {tmp_path}/into/tool ./tool"
    assert (tmp_path / "into" / "tool").read_text().startswith(f"{tmp_path}/cache/.scratch-tool-")
    assert list((tmp_path / "go" / "tool").iterdir()) == []
    assert list((tmp_path / "cache").iterdir()) == []
    assert counts[-1] == 2  # packages, not what Go says beside them


def test_the_pins_decide_whatever_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path))
    for name, value in {
        "GOFLAGS": "-mod=mod",
        "GOARCH": "mips",
        "GOTOOLCHAIN": "auto",
        "GOWORK": "/w",
        "GOPROXY": "mine",
    }.items():
        monkeypatch.setenv(name, value)
    environment = build.environment()
    assert "-mod=readonly" in environment["GOFLAGS"].split()
    assert "mod=mod" not in environment["GOFLAGS"]
    assert (environment["GOARCH"], environment["GOOS"], environment["GOTOOLCHAIN"], environment["GOWORK"]) == (
        "",
        "",
        "local",
        "off",
    )
    assert environment["GOPROXY"] == "mine"  # where modules come from is the user's; go.sum checks them
    assert {Path(environment[name]).parent for name in ("GOCACHE", "GOMODCACHE")} == {tmp_path}


def test_a_failure_says_the_last_lines_and_where_the_others_are(go: Path, tmp_path: Path) -> None:
    script(go, "for i in $(seq 40); do echo line $i; done; printf 'bad \\377 byte\\n'; exit 3")
    with pytest.raises(SandboxError) as failure:
        build.build(recipe(), tmp_path / "into", tmp_path / "log", lambda _: None)
    text = str(failure.value)
    assert text.startswith("building tool failed (go build, exit 3):\n")
    assert "line 40\nbad" in text
    assert "line 26\n" not in text
    assert failure.value.mend == f"read {tmp_path / 'log'}"
    assert "line 1\n" in (tmp_path / "log").read_text("utf-8")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_script_is_taken_from_its_module_and_can_be_run(go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert go.exists()
    module = tmp_path / "mod"
    module.mkdir()
    (module / "exec").write_text("text")
    monkeypatch.setenv("MODULE", str(module))
    build.build(recipe(scripts={"exec": ("example.com/m", "exec")}), tmp_path / "into", tmp_path / "log", lambda _: None)
    assert (tmp_path / "into" / "exec").read_text() == "text"
    assert os.access(tmp_path / "into" / "exec", os.X_OK)
    assert "mod download example.com/m" in (tmp_path / "calls").read_text().splitlines()


def test_a_module_that_cannot_be_fetched_is_told(go: Path, tmp_path: Path) -> None:
    script(go, 'test "$1" != mod || { echo "checksum mismatch" >&2; exit 1; }')
    with pytest.raises(SandboxError, match=r"fetching example\.com/m failed: checksum mismatch"):
        build.build(recipe(scripts={"exec": ("example.com/m", "exec")}), tmp_path / "into", tmp_path / "log", lambda _: None)


def test_without_go_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="Go is not on PATH") as failure:
        build.go_version()
    assert "install Go" in failure.value.mend
