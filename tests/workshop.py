"""A made-up tool to build, and a diary of what the set-up reports: what the tests of the toolchain share."""

import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.toolchain.pins import OnPath, Recipe


@dataclass
class Diary:
    """Takes note of the steps that are reported, in their order."""

    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    usual: dict[str, int] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)

    def begin(self, step: str, usual_seconds: int) -> None:
        """Take note that a step has begun."""
        self.begun.append(step)
        self.usual[step] = usual_seconds

    def advance(self, step: str, detail: str) -> None:
        """Take note of how far it is."""
        self.details.append(f"{step}: {detail}")

    def end(self, step: str, detail: str) -> None:
        """Take note that it has ended."""
        del detail
        self.ended.append(step)


def recipe(name: str = "tool", **more: object) -> Recipe:
    """Return a recipe that yields one program of its own name."""
    parts = {"module": name, "targets": {name: f"./{name}"}, "usual_seconds": 7, **more}
    return Recipe(**parts)  # type: ignore[arg-type]


def script(path: Path, text: str) -> Path:
    """Write a shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@dataclass
class Bench:
    """A cache, a PATH and recipes of their own; programs are not compiled but written, and each build is counted."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Folder of the cache."""
        return self.folder / "cache"

    @property
    def path(self) -> Path:
        """Folder that is first on PATH."""
        return self.folder / "path"

    @property
    def builds(self) -> list[str]:
        """Modules that were built, in their order, by whatever process."""
        noted = self.folder / "builds"
        return noted.read_text("utf-8").split() if noted.exists() else []

    def build(self, recipe: Recipe, into: Path, log: Path, progress: Callable[[int], None]) -> None:
        """Stand in for the builder."""
        time.sleep(0.2)
        with (self.folder / "builds").open("a", encoding="utf-8") as noted:
            noted.write(f"{recipe.module}\n")
        log.write_text("built", "utf-8")
        progress(3)
        for name in (*recipe.targets, *recipe.scripts):
            script(into / name, PULUMI if name == "pulumi" else f"echo {name} v1.2.3 of the cache")


PULUMI: Final = """case "$1" in
version) echo v3.259.0 ;;
plugin)
  folder="$PULUMI_HOME/plugins/resource-kubernetes-v4.25.0"
  mkdir -p "$folder"
  for archive; do :; done
  tar -xzf "$archive" -C "$folder" ;;
esac"""


VERSION = OnPath(("--version",), r"\bv1\.2\.\d+\b")
TOOL = recipe("tool", on_path={"tool": VERSION})
PROVIDER = recipe("provider", targets={"pulumi-resource-kubernetes": "."})
EXEC = {"pulumi-language-python-exec": ("example.com/sdk", "exec")}
ENGINE = recipe("pulumi", scripts=EXEC, on_path={"pulumi": OnPath(("version",), r"^v3\.259\.0\b")})
LANGUAGE = recipe("language", targets={"pulumi-language-python": "."}, beside="pulumi")
ALL = (TOOL, PROVIDER, ENGINE, LANGUAGE)
