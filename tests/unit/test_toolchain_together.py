"""Two who want the same tools at once: one builds, the other waits, and both have them."""

import multiprocessing
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from sandbox.toolchain import cache, install
from sandbox.toolchain.pins import RECIPES, Recipe
from tests.workshop import ALL, Bench, Diary


def test_whoever_waits_for_another_build_is_told_so(bench: Bench) -> None:
    bench.cache.mkdir()
    diary = Diary()
    with FileLock(bench.cache / ".build.lock"):
        other = threading.Thread(target=install.ensure, args=(diary, ALL))
        other.start()
        while not diary.begun:
            time.sleep(0.01)
        assert diary.begun == ["wait for another build"]
        assert bench.builds == []
    other.join()
    assert diary.ended[0] == "wait for another build"
    assert len(bench.builds) == len(ALL)


def _build_in_a_process(results: "multiprocessing.Queue[str]", recipes: tuple[Recipe, ...]) -> None:
    results.put(str(install.ensure(Diary(), recipes).bin))


def _twice(recipes: tuple[Recipe, ...]) -> Path:
    """Run two installations at once, each in a process of its own, and return the folder that both say."""
    context = multiprocessing.get_context("fork")  # so that the made-up builder comes along
    results: multiprocessing.Queue[str] = context.Queue()
    both = [context.Process(target=_build_in_a_process, args=(results, recipes)) for _ in range(2)]
    for one in both:
        one.start()
    folders = {results.get(timeout=240) for _ in both}
    for one in both:
        one.join()
    assert [one.exitcode for one in both] == [0, 0]
    (folder,) = folders
    return Path(folder)


def test_two_processes_at_once_build_once(bench: Bench) -> None:
    folder = _twice(ALL)
    assert len(bench.builds) == len(ALL)
    assert all(cache.is_whole(entry) for entry in (bench.cache / "tools").iterdir())
    assert (folder / "tool").exists()


@pytest.mark.sandbox
def test_two_processes_at_once_compile_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile the smallest recipe for real; about 30 s on a busy machine, as Go's own library is compiled too."""
    monkeypatch.setenv("CITYFABRIC_CACHE", str(tmp_path))
    monkeypatch.setattr(install, "pulumi_home", lambda *_: tmp_path)
    folder = _twice(tuple(one for one in RECIPES if one.module == "images"))
    assert {path.name for path in folder.iterdir()} == {"pause", "probe", "steward"}
    log = (tmp_path / "logs" / "images.log").read_text().split()
    assert log.count("cityfabric.local/sandbox/images/probe") == 1
    assert not (tmp_path / "go-build").exists() or not any((tmp_path / "go-build").glob("*/*"))
    assert [path.name.rsplit("-", 1)[0] for path in (tmp_path / "tools").iterdir()] == ["images"]
