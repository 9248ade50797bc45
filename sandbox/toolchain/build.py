"""Builds one recipe with Go, read-only: go.sum decides what may be compiled."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.toolchain.cache import SCRATCH, cache_folder
from sandbox.toolchain.pins import GO_FOLDER, GO_SETTINGS, LINKER, PROVIDER_VERSION, Recipe

_PROVIDER_MODULE: Final = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_LINES_OF_AN_ERROR: Final = 15


def environment() -> dict[str, str]:
    """Return the environment of a build: own caches, static programs, the pins decide, no other Go is fetched."""
    folder = cache_folder()
    return os.environ | {
        **GO_SETTINGS,
        "GOCACHE": str(folder / "go-build"),
        "GOMODCACHE": str(folder / "go-mod"),
        "GOGC": "400",  # the compiler spends memory rather than time
    }


def go_version() -> str:
    """Return what `go version` prints, or say how to get Go."""
    if not shutil.which("go"):
        raise SandboxError("Go is not on PATH, and the tools are built with it", "install Go 1.26 or later and put it on PATH")
    return subprocess.run(["go", "version"], check=True, capture_output=True, text=True, env=environment()).stdout.strip()


def clean() -> None:
    """Remove Go's own caches: once all tools are built, they are 18 GB that nobody needs."""
    subprocess.run(["go", "clean", "-cache", "-modcache"], check=True, capture_output=True, env=environment())


def build(recipe: Recipe, into: Path, log: Path, progress: Callable[[int], None]) -> None:
    """Build all programs of a recipe into a folder.

    Args:
        recipe: What to build.
        into: An existing folder that gets the programs.
        log: The file that gets Go's output.
        progress: Called with the number of packages compiled so far.

    Raises:
        SandboxError: Go failed; the message holds the last lines of its output.
    """
    with tempfile.TemporaryDirectory(prefix=f"{SCRATCH}{recipe.module}-", dir=cache_folder()) as scratch:
        source = Path(scratch) / recipe.module
        shutil.copytree(GO_FOLDER / recipe.module, source)
        if recipe.module == "provider-kubernetes":
            _embed_schema(source)
        for name, package in recipe.targets.items():
            command = ["go", "build", "-v", "-ldflags", f"{LINKER} {recipe.ldflags}".strip(), "-o", str(into / name), package]
            _run(command, source, log, progress)
        for name, (module, path) in recipe.scripts.items():
            shutil.copyfile(_module_folder(module, source) / path, into / name)
            (into / name).chmod(0o755)


def _run(command: list[str], folder: Path, log: Path, progress: Callable[[int], None]) -> None:
    packages = 0
    with (
        log.open("a", encoding="utf-8") as written,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            written.write(line)
            packages += not line.startswith(("go: ", "#", "\t"))
            progress(packages)
    if process.returncode:
        tail = "".join(log.read_text("utf-8").splitlines(keepends=True)[-_LINES_OF_AN_ERROR:])
        raise SandboxError(f"building {folder.name} failed (go build, exit {process.returncode}):\n{tail}", f"read {log}")


def _module_folder(module: str, source: Path) -> Path:
    """Return the folder of a module that go.mod names, fetched and checked against go.sum."""
    for command in (["go", "mod", "download", module], ["go", "list", "-m", "-f", "{{.Dir}}", module]):
        answer = subprocess.run(command, cwd=source, env=environment(), capture_output=True, text=True, check=False)
        if answer.returncode:
            raise SandboxError(f"fetching {module} failed: {answer.stderr}", "check the settings of the Go module proxy")
    return Path(answer.stdout.strip())


def _embed_schema(source: Path) -> None:
    """Write the two files that the provider embeds, from those in its module (its generate.go does the same)."""
    folder = _module_folder(_PROVIDER_MODULE, source) / "cmd" / "pulumi-resource-kubernetes"
    schema = json.loads((folder / "schema.json").read_text("utf-8")) | {"version": PROVIDER_VERSION}
    mapping = json.loads((folder / "terraform-mapping.json").read_text("utf-8"))
    (source / "schema-embed.json").write_text(json.dumps(schema, separators=(",", ":")), "utf-8")
    (source / "terraform-mapping-embed.json").write_text(json.dumps(mapping, separators=(",", ":")), "utf-8")
