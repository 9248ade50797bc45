"""What the city template has from elsewhere: schemas, program, parts of the tiny city, and the lock of what the package needs."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.model import schema

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = "stacks/templates/city"
CITY: Final = "newcity"
"""The folder of the city's data in it: Pulumi puts a project's name into texts and files' names, not into folders'."""
COPIED: Final = {
    "stacks/__main__.py": "stacks/__main__.py",
    "stacks/tiny/zones.yaml": f"stacks/{CITY}/zones.yaml",
    "stacks/tiny/templates/application.yaml": f"stacks/{CITY}/templates/application.yaml",
    "stacks/tiny/templates/website.yaml": f"stacks/{CITY}/templates/website.yaml",
}
LOCK: Final = "requirements.lock"


def render() -> dict[str, str]:
    """Return their texts by path."""
    copied = {path: (ROOT / source).read_text("utf-8") for source, path in COPIED.items()}
    return {f"{TEMPLATE}/{path}": text for path, text in {**schema.render(), **copied, LOCK: _lock()}.items()}


def _lock() -> str:
    """Return the part of our lock that the package needs when it runs, version by version and hash by hash the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = set(_needed(project["dependencies"]))
    packages = re.split(r"^(?=\S)", (ROOT / LOCK).read_text("utf-8"), flags=re.MULTILINE)
    return "".join(package for package in packages if canonicalize_name(package.partition("==")[0]) in needed)


def _needed(lines: list[str]) -> Iterator[str]:
    """Yield the names of what these requirements bring in, as the installed packages say it."""
    todo, seen = [Requirement(line) for line in lines], set()
    while todo:
        one = todo.pop()
        if str(one) in seen:
            continue
        seen.add(str(one))
        yield canonicalize_name(one.name)
        further = [Requirement(line) for line in requires(one.name) or ()]
        todo += [each for each in further if _applies(each, one.extras)]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
