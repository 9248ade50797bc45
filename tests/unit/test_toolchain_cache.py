"""The cache of tools: what its keys are made from, and which entries are taken as whole."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.toolchain import cache
from sandbox.toolchain.pins import GO_FOLDER, GO_SETTINGS, RECIPES, OnPath, Recipe
from tests.workshop import recipe

GO = "go version go1.26.8 linux/amd64"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a Go module that a recipe builds."""
    folder = tmp_path / "go" / "tool"
    (folder / "sub").mkdir(parents=True)
    for name in ("go.mod", "go.sum", "main.go", "sub/part.go"):
        (folder / name).write_text(f"this is {name}")
    monkeypatch.setattr(cache, "GO_FOLDER", tmp_path / "go")
    return folder


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    """Return a whole entry of two programs."""
    made = tmp_path / "tools" / "tool-0123"
    with cache.written(made) as staging:
        for name in ("one", "two"):
            (staging / name).write_bytes(b"\x7fELF" + name.encode() * 1000)
            (staging / name).chmod(0o755)
    return made


@pytest.mark.parametrize(
    "other",
    [
        recipe(targets={"tool": "./other"}),
        recipe(targets={"tool": "./tool", "more": "./more"}),
        recipe(ldflags="-X main.version=2"),
        recipe(scripts={"script": ("example.com/module", "script")}),
    ],
)
def test_each_pin_of_a_recipe_is_in_the_key(module: Path, other: Recipe) -> None:
    assert module.is_dir()
    assert cache.key(other, GO) != cache.key(recipe(), GO)


@pytest.mark.parametrize(("name", "value"), [("LINKER", "-s"), ("GO_SETTINGS", {**GO_SETTINGS, "CGO_ENABLED": "1"})])
def test_how_go_builds_is_in_the_key(module: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    assert module.is_dir()
    before = cache.key(recipe(), GO)
    monkeypatch.setattr(cache, name, value)
    assert cache.key(recipe(), GO) != before


def test_the_version_of_go_is_in_the_key(module: Path) -> None:
    assert module.is_dir()
    assert cache.key(recipe(), GO) != cache.key(recipe(), GO.replace("1.26.8", "1.26.9"))


@pytest.mark.parametrize("other", [recipe(usual_seconds=8), recipe(beside="x"), recipe(on_path={"tool": OnPath((), "1")})])
def test_what_does_not_decide_the_content_is_not_in_the_key(module: Path, other: Recipe) -> None:
    assert module.is_dir()
    assert cache.key(other, GO) == cache.key(recipe(), GO)


def _append(path: Path) -> None:
    path.write_text(path.read_text() + " ")


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: _append(folder / "go.mod"),
        lambda folder: _append(folder / "go.sum"),
        lambda folder: _append(folder / "main.go"),
        lambda folder: _append(folder / "sub" / "part.go"),
        lambda folder: (folder / "new.go").touch(),
        lambda folder: (folder / "main.go").rename(folder / "other.go"),
        lambda folder: (folder / "sub" / "part.go").unlink(),
    ],
)
def test_each_source_file_is_in_the_key(module: Path, change: Callable[[Path], None]) -> None:
    before = cache.key(recipe(), GO)
    change(module)
    assert cache.key(recipe(), GO) != before


def test_the_key_stays_the_same_for_a_fresh_clone(module: Path) -> None:
    before = cache.key(recipe(), GO)
    for path in module.rglob("*"):
        os.utime(path, (1, 1))
    (module / "schema-embed.json").write_text("made by the build")
    assert cache.key(recipe(), GO) == before


def test_every_recipe_has_its_pins_and_a_key_of_its_own() -> None:
    assert all((GO_FOLDER / one.module / "go.mod").is_file() for one in RECIPES)
    assert len({cache.entry_folder(one, GO) for one in RECIPES}) == len(RECIPES)
    assert {folder.name for folder in GO_FOLDER.iterdir() if folder.is_dir()} == {one.module for one in RECIPES}


def test_the_cache_is_where_the_environment_says_else_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYFABRIC_CACHE", "mine")
    assert cache.cache_folder() == tmp_path / "mine"  # absolute: Go builds in another folder
    for unset in ("", None):
        monkeypatch.setenv("CITYFABRIC_CACHE", unset) if unset is not None else monkeypatch.delenv("CITYFABRIC_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "of-the-user"))
        assert cache.cache_folder() == tmp_path / "of-the-user" / "cityfabric"


def test_a_whole_entry_is_whole(entry: Path) -> None:
    assert cache.is_whole(entry)


def test_a_copied_entry_is_whole_by_its_digests(entry: Path) -> None:
    os.utime(entry / "one", (1, 1))
    assert cache.is_whole(entry)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    "breaking",
    [
        lambda entry: _flip(entry / "one"),
        lambda entry: _cut(entry / "two"),
        lambda entry: (entry / "one").unlink(),
        lambda entry: (entry / "one").chmod(0o644),
        lambda entry: (entry / cache.MANIFEST).unlink(),
        lambda entry: _cut(entry / cache.MANIFEST),
        lambda entry: (entry / cache.MANIFEST).write_bytes(b"\xff\xfe"),
        *(
            lambda entry, text=text: (entry / cache.MANIFEST).write_text(text)
            for text in ("", "{}", "[]", "1", '{"one": 1}', '{"one": {}}')
        ),
    ],
)
def test_a_broken_entry_is_not_whole(entry: Path, breaking: Callable[[Path], Any]) -> None:
    breaking(entry)
    assert not cache.is_whole(entry)


def test_an_entry_that_is_not_there_is_not_whole(tmp_path: Path) -> None:
    assert not cache.is_whole(tmp_path / "nowhere")


def test_an_entry_appears_at_once_and_whole(tmp_path: Path) -> None:
    entry = tmp_path / "tools" / "tool-0123"
    with cache.written(entry) as staging:
        assert staging.parent == entry.parent  # one rename within one file system
        (staging / "one").write_bytes(b"half")
        assert not entry.exists()
    assert json.loads((entry / cache.MANIFEST).read_text()).keys() == {"one"}
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]


def test_what_fails_leaves_the_earlier_entry_and_nothing_else(entry: Path) -> None:
    def build() -> None:
        with cache.written(entry) as staging:
            (staging / "one").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build()
    assert cache.is_whole(entry)
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]


def test_a_new_entry_takes_the_place_of_a_broken_one(entry: Path) -> None:
    (entry / "two").unlink()
    with cache.written(entry) as staging:
        (staging / "one").write_bytes(b"new")
        (staging / "one").chmod(0o755)
    assert cache.is_whole(entry)
    assert (entry / "one").read_bytes() == b"new"


def test_whoever_builds_removes_what_a_killed_build_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: Path) -> None:
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path))
    leftovers = [entry.with_name(".tool-0123.abc"), tmp_path / f"{cache.SCRATCH}tool-abc"]
    for leftover in leftovers:
        (leftover / "inner").mkdir(parents=True)
    with cache.building(lambda: pytest.fail("nobody else builds")) as waited:
        assert not waited
        assert not any(leftover.exists() for leftover in leftovers)
    assert cache.is_whole(entry)


def test_changing_only_the_time_a_build_takes_keeps_every_entry() -> None:
    assert all(cache.key(replace(one, usual_seconds=1), GO) == cache.key(one, GO) for one in RECIPES)


def test_what_no_checkout_used_for_long_is_removed_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path))
    folders = [tmp_path / kind / name for kind in ("tools", "bin", "pulumi-home") for name in ("old", "noted", "new")]
    for folder in folders:
        folder.mkdir(parents=True)
        if folder.name != "new":
            os.utime(folder, (0, 0))
    for folder in folders:
        if folder.name == "noted":
            cache.used(folder)
    cache.prune()
    assert [folder for folder in folders if folder.exists()] == [folder for folder in folders if folder.name != "old"]
