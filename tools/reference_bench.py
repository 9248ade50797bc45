"""The page of the figures: how long a city takes beside kubectl with the very same objects."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tools.markdown import page, table

ROOT: Final = Path(__file__).resolve().parent.parent
EVIDENCE: Final = ROOT / "docs" / "evidence" / "tenancy-bench.json"
_PAIRS: Final = (
    ("up from empty", "kubectl apply --server-side"),
    ("up, no change", "kubectl apply --server-side, no change"),
    ("up DISTRICT, one tenant changed", ""),
    ("pulumi preview of all stacks, no change", "kubectl diff"),
    ("destroy", "kubectl delete"),
)
_INTRO: Final = """
Measured by `make bench` (`tests/bench`): a city of so many tenants, with two environments each, on a sandbox of its own; kubectl
and cityfabric in turn in the same run, from none to none, with the very same objects. Seconds, minimum and median. `up` looks for
drift and puts it back before it changes anything, which kubectl does not. Memory is the most that all processes of a program had
at once."""


def render() -> dict[str, str]:
    """Return the page by its path."""
    document = json.loads(EVIDENCE.read_text("utf-8"))
    made = document["machine"]
    machine = f"Machine: {made['processor']}, {made['cores']} cores, {made['memory_gib']} GiB, Linux {made['kernel']}."
    head = ("tenants", "objects", "cityfabric", "minimum", "median", "kubectl", "minimum", "median", "times kubectl")
    rows = [row for city in document["cities"] for row in _rows(city)]
    largest = document["cities"][-1]
    return page(
        "benchmarks",
        "Benchmarks 性能",
        "docs/evidence/tenancy-bench.json",
        _INTRO,
        machine,
        table(head, rows),
        f"## Memory at {largest['tenants']} tenants",
        table(("command", "program: MiB"), _memory(largest)),
    )


def _rows(city: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for ours, theirs in _PAIRS:
        one, other = city["runs"][ours], city["runs"].get(theirs)
        beside = (theirs, other["minimum"], other["median"], f"{one['median'] / other['median']:.1f}") if other else ("",) * 4
        yield city["tenants"], city["objects"], ours, one["minimum"], one["median"], *beside


def _memory(city: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, run in city["runs"].items():
        yield name, ", ".join(f"{program} {size}" for program, size in run["memory_mib"].items())
