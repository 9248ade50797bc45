"""The tool cache: one entry per recipe, under a key made from everything that decides its content.

An entry appears by one rename, so a half-written one is never seen; its manifest names each file's digest, so a broken one is
found and built anew. One lock keeps two builds at once apart.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from sandbox.toolchain.pins import GO_FOLDER, GO_SETTINGS, LINKER, Recipe

MANIFEST = "manifest.json"
SCRATCH = ".scratch-"  # begins the names of a build's temporary folders
_KEPT_SECONDS: Final = 60 * 86_400  # how long an entry that no checkout uses any more is kept


def cache_folder() -> Path:
    """Return the folder of the cache: $CITYFABRIC_CACHE, else cityfabric in the user's cache folder."""
    named = os.environ.get("CITYFABRIC_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("cityfabric")


def key(recipe: Recipe, go_version: str) -> str:
    """Return the key of a recipe: a digest over its pins, its own sources, how it is built and by which Go."""
    decisive = [recipe.targets, LINKER, recipe.ldflags, recipe.scripts, GO_SETTINGS, go_version]
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
    folder = GO_FOLDER / recipe.module
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith("-embed.json"):
            digest.update(f"{path.relative_to(folder)}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def entry_folder(recipe: Recipe, go_version: str) -> Path:
    """Return where the recipe's programs are, or will be."""
    return cache_folder() / "tools" / f"{recipe.module}-{key(recipe, go_version)}"


def is_whole(entry: Path) -> bool:
    """Say whether an entry is there with every file as it was built.

    A file whose size and time are those of the manifest is taken as unchanged; otherwise its digest decides.
    """
    try:
        manifest = json.loads((entry / MANIFEST).read_text("utf-8"))
        return bool(manifest) and all(_is_unchanged(entry / name, stamp) for name, stamp in manifest.items())
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return False


def _is_unchanged(path: Path, stamp: dict[str, object]) -> bool:
    status = path.stat()
    if status.st_size != stamp["size"] or not status.st_mode & 0o100:
        return False
    return status.st_mtime_ns == stamp["mtime_ns"] or _digest(path) == stamp["sha256"]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def building(waiting: Callable[[], None]) -> Iterator[bool]:
    """Hold the lock of whoever builds, and say whether it had to be waited for.

    `waiting` is called when another process has it. What a killed build left behind is removed.
    """
    lock, waited = FileLock(cache_folder() / ".build.lock"), False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waited = True
        waiting()
        lock.acquire()
    try:
        for leftover in (*cache_folder().glob(f"{SCRATCH}*"), *(cache_folder() / "tools").glob(".*")):
            shutil.rmtree(leftover)
        yield waited
    finally:
        lock.release()


@contextmanager
def written(entry: Path) -> Iterator[Path]:
    """Give a folder to fill, and make it the entry when all went well; the caller holds the lock of `building`."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{entry.name}.", dir=entry.parent))
    try:
        yield staging
        stamps = {path.name: _stamp(path) for path in sorted(staging.iterdir())}
        (staging / MANIFEST).write_text(json.dumps(stamps, indent=1), "utf-8")
        if entry.exists():
            shutil.rmtree(entry)
        staging.rename(entry)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _stamp(path: Path) -> dict[str, object]:
    status = path.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": _digest(path)}


def used(folder: Path) -> None:
    """Take note that a folder of the cache is in use."""
    os.utime(folder)


def prune() -> None:
    """Remove what has not been used for long, such as the tools of older pins; the caller holds the lock of `building`."""
    oldest = time.time() - _KEPT_SECONDS
    for kind in ("tools", "bin", "pulumi-home"):
        for folder in (cache_folder() / kind).glob("[!.]*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
