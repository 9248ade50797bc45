"""Brings every tool into one folder: built from the pins, or linked from PATH where the version there is in range."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from filelock import FileLock

from sandbox.errors import SandboxError
from sandbox.toolchain import cache
from sandbox.toolchain.build import build, clean, go_version
from sandbox.toolchain.pins import RECIPES, OnPath, Recipe
from sandbox.toolchain.plugin import pulumi_home

# Two builds at once: while one links on a single core, the other compiles.
_WORKERS: Final = 2
_VERSION_TIMEOUT: Final = 20  # seconds
_WAITING: Final = "wait for another build"
_CLEANING: Final = "remove intermediate results"
# Set it to keep Go's own caches (18 GB) after a build, for work on the pins.
KEEP: Final = "CITYFABRIC_KEEP_GO_CACHE"


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the tools are."""

    bin: Path
    """Folder with every program, to be put first on PATH."""
    pulumi_home: Path
    """PULUMI_HOME with the Kubernetes provider installed as a plugin."""


class Reporter(Protocol):
    """Is told how the set-up goes on; the console script draws it."""

    def begin(self, step: str, usual_seconds: int) -> None:
        """Take note that a step that usually takes so long has begun."""

    def advance(self, step: str, detail: str) -> None:
        """Take note of how far it is."""

    def end(self, step: str, detail: str) -> None:
        """Take note of how it has ended."""


def ensure(reporter: Reporter, recipes: Sequence[Recipe] = RECIPES) -> Tools:
    """Make sure that all tools are there, and return where.

    Raises:
        SandboxError: Go is missing, or a build failed.
    """
    cache.cache_folder().mkdir(parents=True, exist_ok=True)
    found: dict[str, Path] = {}
    wanted = []
    for recipe in recipes:
        taken = _from_path(recipe)
        found |= taken
        if not taken and not _comes_along(recipe, found):
            wanted.append(recipe)
    for entry in _entries(wanted, reporter) if wanted else ():
        found |= {path.name: path for path in entry.iterdir() if path.name != cache.MANIFEST}
    provider = found.pop("pulumi-resource-kubernetes", None)
    folder = _linked(found)
    home = pulumi_home(provider, folder / "pulumi")
    for one in (folder, home):
        cache.used(one)
    return Tools(bin=folder, pulumi_home=home)


def _from_path(recipe: Recipe) -> dict[str, Path]:
    """Return the recipe's programs on PATH if all of them are there in the pinned range, and its scripts; else nothing."""
    if set(recipe.on_path) != set(recipe.targets):
        return {}
    path, names = _path_of_others(), (*recipe.targets, *recipe.scripts)
    found = {name: Path(program).absolute() for name in names if (program := shutil.which(name, path=path))}
    fits = len(found) == len(names) and all(_fits(found[name], rule) for name, rule in recipe.on_path.items())
    return found if fits else {}


def _path_of_others() -> str:
    """Return PATH without our own folders, which the shell of `cityfabric env` has on it."""
    own = str(cache.cache_folder() / "bin")
    return os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if not part.startswith(own))


def _comes_along(recipe: Recipe, found: Mapping[str, Path]) -> bool:
    """Say whether a program taken from PATH brings the recipe's along, as an installed Pulumi does its language hosts."""
    leader = found.get(recipe.beside)
    return leader is not None and all((leader.resolve().parent / name).exists() for name in recipe.targets)


def _fits(program: Path, rule: OnPath) -> bool:
    command = [str(program), *rule.arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_VERSION_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and re.search(rule.version, answer.stdout) is not None


def _entries(wanted: Sequence[Recipe], reporter: Reporter) -> list[Path]:
    """Return the recipes' entries in the cache; those that are not there or not whole are built."""
    version = go_version()
    entries = {recipe.module: cache.entry_folder(recipe, version) for recipe in wanted}
    if all(map(cache.is_whole, entries.values())):
        return _noted(entries.values())
    usual = sum(one.usual_seconds for one in wanted) // _WORKERS
    with cache.building(partial(reporter.begin, _WAITING, usual)) as waited:
        if waited:
            reporter.end(_WAITING, "done")
        broken = [recipe for recipe in wanted if not cache.is_whole(entries[recipe.module])]
        _build_all(broken, entries, reporter)
        if broken and not os.environ.get(KEEP):
            reporter.begin(_CLEANING, 30)
            clean()
            cache.prune()
            reporter.end(_CLEANING, "done")
        return _noted(entries.values())


def _noted(entries: Iterable[Path]) -> list[Path]:
    found = list(entries)
    for entry in found:
        cache.used(entry)
    return found


def _build_all(recipes: Sequence[Recipe], entries: Mapping[str, Path], reporter: Reporter) -> None:
    """Build several recipes; when one fails, or the user interrupts, none of the others is begun any more."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            for built in as_completed([pool.submit(_build, recipe, entries[recipe.module], reporter) for recipe in recipes]):
                built.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _build(recipe: Recipe, entry: Path, reporter: Reporter) -> None:
    step = f"build {recipe.module}"
    reporter.begin(step, recipe.usual_seconds)
    began = time.monotonic()
    log = cache.cache_folder() / "logs" / f"{recipe.module}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    try:
        with cache.written(entry) as staging:
            build(recipe, staging, log, _packages(step, reporter))
    except SandboxError:
        reporter.end(step, f"failed, once the other build is done the reason follows; the log: {log}")
        raise
    reporter.end(step, f"{time.monotonic() - began:.0f} s")


def _packages(step: str, reporter: Reporter) -> Callable[[int], None]:
    return lambda count: reporter.advance(step, f"{count} packages")


def _linked(programs: dict[str, Path]) -> Path:
    """Return a folder with all programs, one folder per set of programs.

    They are hard links: Pulumi looks for its language host, and the host for its script, beside their own real files.
    """
    name = hashlib.sha256("\n".join(f"{name} {path}" for name, path in sorted(programs.items())).encode()).hexdigest()[:16]
    folder = cache.cache_folder() / "bin" / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{name}.lock")):
        for program, path in programs.items():
            link = folder / program
            if not link.exists() or not link.samefile(path):
                link.unlink(missing_ok=True)
                _link(link, path)
    return folder


def _link(link: Path, path: Path) -> None:
    if path.is_relative_to(cache.cache_folder()):
        link.hardlink_to(path)
    else:
        link.symlink_to(path)
