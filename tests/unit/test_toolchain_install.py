"""Bringing the tools together: taken from PATH where they are in range, else built once, whoever asks."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.errors import SandboxError
from sandbox.toolchain import install
from sandbox.toolchain.pins import Recipe
from tests.workshop import ALL, ENGINE, EXEC, PROVIDER, PULUMI, TOOL, VERSION, Bench, Diary, recipe, script


def test_what_is_nowhere_is_built_once_and_linked_into_one_folder(bench: Bench) -> None:
    diary = Diary()
    tools = install.ensure(diary, ALL)
    assert sorted(path.name for path in tools.bin.iterdir()) == ["pulumi", "pulumi-language-python", *EXEC, "tool"]
    assert sorted(bench.builds) == ["language", "provider", "pulumi", "tool"]
    assert diary.usual["build tool"] == TOOL.usual_seconds
    assert "build tool: 3 packages" in diary.details
    assert diary.begun[-1] == "remove intermediate results"
    assert sorted(diary.begun) == sorted(diary.ended)
    again = Diary()
    assert install.ensure(again, ALL) == tools
    assert again.begun == []


def test_a_tool_on_path_is_taken_where_its_version_is_in_range(bench: Bench) -> None:
    mine = script(bench.path / "tool", "echo tool v1.2.99")
    tools = install.ensure(Diary(), ALL)
    assert (tools.bin / "tool").resolve() == mine.resolve()
    assert "tool" not in bench.builds


@pytest.mark.parametrize(
    "text", ["echo tool v1.3.0", "echo tool v11.2.3", "echo v1.2.3 >&2", "echo v1.2.3; exit 1", "exit 0", "sleep 9; echo v1.2.3"]
)
def test_a_tool_out_of_range_is_built(bench: Bench, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sandbox.toolchain.install._VERSION_TIMEOUT", 1)
    script(bench.path / "tool", text)
    tools = install.ensure(Diary(), ALL)
    assert (tools.bin / "tool").resolve().is_relative_to(bench.cache)
    assert "tool" in bench.builds


def test_a_program_that_does_not_run_is_built(bench: Bench) -> None:
    (bench.path / "tool").write_bytes(b"\x7fELF nonsense")
    (bench.path / "tool").chmod(0o755)
    install.ensure(Diary(), ALL)
    assert "tool" in bench.builds


def test_a_recipe_is_taken_from_path_whole_or_not_at_all(bench: Bench) -> None:
    both = recipe("tool", targets={"tool": ".", "server": "."}, on_path={"tool": VERSION, "server": VERSION})
    script(bench.path / "tool", "echo v1.2.3")
    tools = install.ensure(Diary(), (both, PROVIDER, ENGINE))
    assert (tools.bin / "tool").resolve().is_relative_to(bench.cache)
    script(bench.path / "server", "echo v1.2.3")
    tools = install.ensure(Diary(), (both, PROVIDER, ENGINE))
    assert {(tools.bin / name).resolve().parent for name in both.targets} == {bench.path.resolve()}


@pytest.mark.usefixtures("bench")
def test_own_folders_on_path_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tools = install.ensure(Diary(), ALL)
    monkeypatch.setenv("PATH", f"{tools.bin}:{os.environ['PATH']}")  # as in the shell of `cityfabric env`
    assert install.ensure(Diary(), ALL) == tools
    assert not any(path.is_symlink() for path in tools.bin.iterdir())


def test_a_relative_folder_on_path_gives_a_link_that_works_elsewhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bench.folder)
    script(bench.folder / "here" / "tool", "echo v1.2.3")
    monkeypatch.setenv("PATH", f"here:{os.environ['PATH']}")
    assert (install.ensure(Diary(), ALL).bin / "tool").exists()


def test_an_installed_pulumi_brings_its_language_host_along(bench: Bench) -> None:
    for name in ("pulumi", "pulumi-language-python", *EXEC):
        script(bench.path / name, PULUMI)
    tools = install.ensure(Diary(), ALL)
    assert sorted(bench.builds) == ["provider", "tool"]
    assert (tools.bin / "pulumi").is_symlink()


@pytest.mark.parametrize(("lacking", "built"), [("pulumi-language-python", "language"), (next(iter(EXEC)), "pulumi")])
def test_what_an_installed_pulumi_lacks_is_built(bench: Bench, lacking: str, built: str) -> None:
    for name in {"pulumi", "pulumi-language-python", *EXEC} - {lacking}:
        script(bench.path / name, PULUMI)
    tools = install.ensure(Diary(), ALL)
    assert built in bench.builds
    assert all((tools.bin / name).exists() for name in ("pulumi", "pulumi-language-python", *EXEC) if name != lacking or built)


def test_a_broken_entry_is_built_anew_alone(bench: Bench) -> None:
    tools = install.ensure(Diary(), ALL)
    (tools.bin / "tool").write_text("#!/bin/sh\necho broken\n")  # a link: the entry is broken with it
    install.ensure(Diary(), ALL)
    assert sorted(bench.builds) == ["language", "provider", "pulumi", "tool", "tool"]
    assert "of the cache" in (tools.bin / "tool").read_text()


def test_the_plugin_is_the_provider_of_the_cache_and_a_broken_one_is_mended(bench: Bench) -> None:
    home = install.ensure(Diary(), ALL).pulumi_home
    plugin = home / "plugins" / "resource-kubernetes-v4.25.0" / "pulumi-resource-kubernetes"
    plugin.write_text("broken")
    install.ensure(Diary(), ALL)
    assert bench.builds.count("provider") == 2
    assert "of the cache" in plugin.read_text()
    assert [path.name for path in home.iterdir()] == ["plugins"]


def test_a_plugin_that_cannot_be_installed_is_told(bench: Bench) -> None:
    for name in ("pulumi", "pulumi-language-python", *EXEC):
        script(bench.path / name, 'test "$1" = version && echo v3.259.0 || { echo the disk is full >&2; exit 1; }')
    with pytest.raises(SandboxError, match="the disk is full"):
        install.ensure(Diary(), ALL)


def test_a_build_that_fails_leaves_no_entry_and_begins_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(recipe(f"tool-{number}") for number in range(6))
    for one in many:
        (bench.folder / "go" / one.module).mkdir()

    def fail(recipe: Recipe, into: Path, log: Path, progress: Callable[[int], None]) -> None:
        bench.build(recipe, into, log, progress)
        raise SandboxError(f"building {recipe.module} failed", f"read {log}")

    monkeypatch.setattr(install, "build", fail)
    diary = Diary()
    with pytest.raises(SandboxError, match="building tool-"):
        install.ensure(diary, (*many, PROVIDER, ENGINE))
    assert len(bench.builds) < len(many)
    assert list((bench.cache / "tools").iterdir()) == []
    assert "remove intermediate results" not in diary.begun  # so that the next attempt goes on where this one ended


def test_gos_own_cache_is_kept_where_it_is_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(install.KEEP, "1")
    monkeypatch.setattr(install, "clean", lambda: pytest.fail("cleaned"))
    install.ensure(Diary(), ALL)
    assert bench.builds
