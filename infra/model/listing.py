"""Compare what is on disk with what a city's folder may hold: a file that would not be loaded is a problem, not nothing to do."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from infra.model.base import NAME_PATTERN, Model
from infra.model.kinds import KINDS, Kind
from infra.model.problem import Problem
from infra.model.words import instead, printable, shortened

SINGLE: Final = {kind.file(kind.name): kind for kind in KINDS if not kind.folder}
FOLDERS: Final = {kind.folder: kind for kind in KINDS if kind.folder}
README: Final = "README.md"
_LAYOUT: Final = ", ".join((*SINGLE, *(f"{folder}/NAME.yaml" for folder in FOLDERS), README))
_STEM: Final = re.compile(NAME_PATTERN)
_SUFFIX: Final = ".yaml"
_NOT_LOADED: Final = {False: "the file was not loaded", True: "the folder was not loaded"}


@dataclass(slots=True)
class Listing:
    """What was found."""

    stems: dict[Kind[Model], list[str]] = field(default_factory=dict)
    """The stems of the files to load, by kind, in order; of a kind without folder always the one."""
    problems: list[Problem] = field(default_factory=list)
    """What would not be loaded."""


def list_files(folder: Path) -> Listing:
    """Return the files of the city in `folder`, and whatever else is there as problems."""
    found = Listing({kind: [] if kind.folder else [kind.name] for kind in KINDS})
    found.problems.extend(_list_top(folder, found))
    return found


def _list_top(folder: Path, found: Listing) -> Iterator[Problem]:
    entries = _entries(folder, "")
    if isinstance(entries, Problem):
        yield entries
        found.stems = {}
        return
    for name, is_folder in entries:
        if name in FOLDERS and is_folder:
            yield from _list_kind(folder, FOLDERS[name], found)
        elif name not in SINGLE and not (name == README and not is_folder):
            yield _stray(name, _NOT_LOADED[is_folder], [*SINGLE, *FOLDERS, README])


def _list_kind(folder: Path, kind: Kind[Model], found: Listing) -> Iterator[Problem]:
    entries = _entries(folder, kind.folder)
    if isinstance(entries, Problem):
        yield entries
        return
    for name, is_folder in entries:
        stem = name.removesuffix(_SUFFIX)
        if name.endswith(_SUFFIX) and _STEM.fullmatch(stem):
            found.stems[kind].append(stem)
        else:
            yield _stray(f"{kind.folder}/{name}", _NOT_LOADED[is_folder])


def _entries(folder: Path, inner: str) -> list[tuple[str, bool]] | Problem:
    """Return the names in a folder in order, and whether each is a folder itself; links are none."""
    told = partial(Problem, inner or ".", 1, "", shortened(folder / inner))
    try:
        with os.scandir(folder / inner) as entries:
            return sorted(
                (os.fsencode(entry.name).decode("utf-8", "replace"), entry.is_dir(follow_symlinks=False)) for entry in entries
            )
    except FileNotFoundError:
        return told("there is no such folder", f"a folder with {_LAYOUT}", "name a folder below stacks/")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return told(f"the folder cannot be read: {shortened(reason)}", f"a folder with {_LAYOUT}", "chmod u+rx on the folder")


def _stray(path: str, what: str, known: list[str] | tuple[()] = ()) -> Problem:
    """Return the problem of something that is not loaded."""
    shown, name = printable(path), path.rsplit("/", 1)[-1]
    mend = instead(name, known, "move it out of the city's folder")
    if name.endswith(".yml") and _STEM.fullmatch(name.removesuffix(".yml")):
        mend = f"git mv {shown} {shown.removesuffix('.yml')}{_SUFFIX}"
    elif name.endswith(_SUFFIX) and "/" in path:
        what, mend = f"{what}: its name is not allowed", "rename it: lower-case letters, digits and dashes, at most 30 characters"
    return Problem(shown, 1, "", "", what, _LAYOUT, mend)
