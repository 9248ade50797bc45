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

_LOADING: Final = """
The aim is 5 seconds for 5,000 tenants. Read and checked is the whole city, by a Python that begins with nothing loaded:
{seconds} s at the least, {median} s in the median, {memory} MiB."""
_DOMINATES: Final = """
A run of one stack has a price before its first object. The language host asks pip which packages there are (0.6 s); Python
starts and loads Pulumi's SDK and the typed one of Kubernetes (1.5 s, half of it the core group); the provider starts (0.3
s); Python takes itself apart (0.3 s). The console script takes a second to start, and half a second to see that the sandbox
is whole. So small cities are far from kubectl, which has none of this. A namespace that is deleted takes the cluster's own
controllers seconds."""
_AIMS: Final = """
A city from empty in at most 4 times kubectl's time: reached at 50 tenants, not at 10. One tenant changed in at most 5 s: not
reached. Loading 5,000 tenants in at most 5 s: reached. Cities of 150 and 1,500 tenants are not measured yet."""
_TRIED: Final = (
    (
        "the state is written once per run ([ADR 0011](../adr/0011-state-is-written-once-per-run.md))",
        "817 resources: 7 min → under 1 min",
    ),
    ("four districts side by side", "a third of the time; more at once only wait for each other on 2 cores"),
    ("the state is read from its file, not by `pulumi stack ls` and `export`", "0.5 s less for each stack"),
    ("no garbage collection in the program", "0.4 s less for each stack"),
    ("a kind of stack imports what it needs alone", "0.15 s less for each district"),
    ("the console script starts without Pulumi's SDK", "0.4 s less"),
    ("a district's drift is looked for in its own namespaces", "no longer grows with the city"),
    ("objects as plain dictionaries, without the typed SDK", "0.6 s less; not taken, for mypy checks the types"),
    (
        "`uv` instead of `pip` for the language host",
        "would save 0.5 s; not taken: it wants a lock file that names a registry's host",
    ),
)


def render() -> dict[str, str]:
    """Return the page by its path."""
    document = json.loads(EVIDENCE.read_text("utf-8"))
    made, read = document["machine"], document["loading"]
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
        "## Loading 100 districts with 50 tenants each",
        _LOADING.format(seconds=read["minimum"], median=read["median"], memory=sum(read["memory_mib"].values())).strip(),
        "## Aims",
        _AIMS.strip(),
        "## What dominates",
        _DOMINATES.strip(),
        "## What was tried",
        table(("what", "what came of it"), _TRIED),
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
