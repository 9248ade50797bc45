"""The pages of the pinned tools and of the commands."""

import re
from pathlib import Path
from typing import Any, Final

import typer

from cityfabric.errors import Exit
from cityfabric.main import app
from sandbox.debian import PACKAGES
from sandbox.toolchain.pins import GO_FOLDER, RECIPES, Recipe
from tools.markdown import code, page, table

_REQUIRED: Final = re.compile(r"^(?:require )?\s*([\w./~-]+\.[\w./~-]+) (v\S+)", re.MULTILINE)
_REPLACED: Final = re.compile(r"^(?:replace )?\s*(\S+) => (\S+) (v\S+)", re.MULTILINE)
_EXITS: Final = {
    Exit.GOOD: "good",
    Exit.FINDINGS: "findings: Pulumi, the cluster or a build failed, there is nothing to show, or a request waits",
    Exit.WRONG_INPUT: "wrong input: faulty data, an unknown name, a setting that cannot be used",
}
VARIABLES: Final = {
    "KUBECONFIG": "A cluster to use instead of the sandbox: one file, its current context.",
    "CITYFABRIC_CITY": "The city where `--city` is not given; default: the only one in `stacks/`, else `hangzhou`.",
    "CITYFABRIC_INSTANCE": "Name that keeps one cluster's stacks and state apart from another's: at most 15 lower-case "
    "letters, digits and dashes; a sandbox's begins with `sandbox`, another cluster's does not. Default `sandbox`, or "
    "`external` where `KUBECONFIG` names another cluster.",
    "CITYFABRIC_STATE": "Folder of the instances' state. Default: `/var/lib/cityfabric` for root, else in the user's folder.",
    "CITYFABRIC_CACHE": "Folder of the built tools. Default: `cityfabric` in the user's cache folder.",
    "CITYFABRIC_KEEP_GO_CACHE": "Set to keep Go's own caches after a build, for work on the pins.",
    "PULUMI_BACKEND_URL": "Where Pulumi keeps its state; with another cluster than the sandbox it is respected if set.",
    "PULUMI_CONFIG_PASSPHRASE": "Likewise the passphrase of the stacks' secrets, or `PULUMI_CONFIG_PASSPHRASE_FILE`.",
}


def render() -> dict[str, str]:
    """Return the pages by their paths."""
    return _tools() | _commands()


def version(recipe: Recipe, package: str) -> tuple[str, str]:
    """Return the module that a program is built from, and its version, as go.mod has them."""
    text = (GO_FOLDER / recipe.module / "go.mod").read_text("utf-8")
    required = dict(_REQUIRED.findall(text))
    if package.startswith("."):
        direct = re.findall(r"^require (\S+) v\S+$", text, re.MULTILINE)
        package = direct[0] if direct else ""
    fitting = [module for module in required if package == module or package.startswith(f"{module}/")]
    if not fitting:
        return f"sandbox/go/{recipe.module}", "own source"
    module = max(fitting, key=len)
    return next(((to, pin) for source, to, pin in _REPLACED.findall(text) if source == module), (module, required[module]))


def _tools() -> dict[str, str]:
    rows = []
    for recipe in RECIPES:
        built = {version(recipe, package) for package in recipe.targets.values()}
        module, pin = min(built)
        rule = next(iter(recipe.on_path.values()), None)
        taken = f"if its version fits `{rule.version}`" if rule else f"with `{recipe.beside}`" if recipe.beside else "no"
        go = re.search(r"^go (\S+)", (GO_FOLDER / recipe.module / "go.mod").read_text("utf-8"), re.MULTILINE)
        programs = [*recipe.targets, *recipe.scripts]
        rows.append((f"`{recipe.module}`", code(programs), f"`{module}`", f"`{pin}`", taken, go[1] if go else ""))
    packages = sorted(set(PACKAGES.values()))
    return page(
        "tools",
        "Pinned tools",
        "sandbox/go/*/go.mod, sandbox/toolchain/pins.py, sandbox/debian.py",
        "Built once from the Go module proxy into a cache outside the checkout; `go.sum` decides what may be compiled "
        "([ADR 0004](../adr/0004-tools-are-built-from-module-pins.md), [change a pin](../how-to/change-a-pinned-tool.md)). With "
        "a cluster of your own only `pulumi`, `language-python` and `provider-kubernetes` are needed.",
        table(("recipe", "programs", "module", "version", "taken from PATH", "Go at least"), rows),
        "## Debian packages\n\nThe sandbox installs those whose programs are missing: " + code(packages) + ".",
        "## Python packages\n\nPinned with their hashes in [`requirements.lock`](../../requirements.lock); `make lock` takes "
        "newer ones that are at least seven days old.",
    )


def _commands() -> dict[str, str]:
    command: Any = typer.main.get_command(app)
    return page(
        "commands",
        "Commands",
        "cityfabric/main.py",
        "`cityfabric` does what Pulumi itself does not do. It lies in `.venv/bin`; run it anywhere in the project. Data goes to "
        "standard output, all else to standard error.",
        *(_command(name, each) for name, each in command.commands.items()),
        "## Exit codes",
        table(("code", "meaning"), ((int(code_), _EXITS[code_]) for code_ in Exit)),
        "## Environment variables",
        table(("variable", "meaning"), ((f"`{name}`", meaning) for name, meaning in VARIABLES.items())),
        "## Make\n\n`make` sets up `.venv` first and then runs the same commands; `make help` lists its targets.",
        table(("target", "what it does"), _targets()),
    )


def _command(name: str, command: Any) -> str:  # noqa: ANN401 - typer's own copy of click has no public types
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = " ".join(f"[{each.name.upper()}]{'...' if each.nargs == -1 else ''}" for each in arguments)
    rows = [(f"`{_spelling(each)}`", each.help or "") for each in command.params]
    title = f"cityfabric {name} {words}".strip()
    return f"## `{title}`\n\n{command.help}\n\n{table(('argument or option', 'meaning'), rows)}"


def _spelling(parameter: Any) -> str:  # noqa: ANN401 - as above
    if parameter.param_type_name == "argument":
        return str(parameter.name.upper())
    return ", ".join(parameter.opts) + ("" if parameter.is_flag else f" {parameter.name.upper()}")


def _targets() -> list[tuple[str, str]]:
    text = (Path(__file__).resolve().parent.parent / "Makefile").read_text("utf-8")
    return [(f"`make {name}`", words) for name, words in re.findall(r"^([a-z0-9]+):.*?## (.+)$", text, re.MULTILINE)]
