"""How long a city takes beside kubectl with the very same objects: `make bench`, or `python -m tests.bench.tenancy 10 50`.

For each number of tenants, in one run and on a sandbox of its own: kubectl applies, compares and deletes the objects that the
stacks declare; then the console script provisions the city, runs again without change, changes one tenant, previews and destroys.
Prints a table, and writes it and the figures, with the machine's name, to docs/evidence.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from cityfabric.drift.declared import plain
from cityfabric.up import WORKERS
from tests.bench.cities import project
from tests.bench.measure import Run, run
from tests.town import BIN, ROOT, Town, good

INSTANCE: Final = "sandbox-bench"
_REPEATED: Final = ((20, 3), (100, 2))  # cities up to so many tenants are measured so often; larger ones once
_HUGE: Final = 300  # tenants; the namespaces of a larger city take hours to go, by whatever command
EVIDENCE: Final = ROOT / "docs" / "evidence" / "tenancy-bench.json"
_PAIRS: Final = (
    ("up from empty", "kubectl apply --server-side"),
    ("up, no change", "kubectl apply --server-side, no change"),
    ("up DISTRICT, one tenant changed", ""),
    ("pulumi preview of all stacks, no change", "kubectl diff"),
    ("destroy", "kubectl delete"),
)


class Bench:
    """One city of some size on the sandbox."""

    def __init__(self, folder: Path, tenants: int) -> None:
        self.town = Town(INSTANCE, project(folder, tenants), {"CITYFABRIC_CITY": "bench"})
        self.objects = folder / "objects.yaml"
        self.seen: dict[str, list[Run]] = {}

    def note(self, name: str, *command: str, codes: tuple[int, ...] = (0,)) -> None:
        """Measure a command under a name."""
        program = [str(BIN / command[0]), *command[1:]] if command[0] == "cityfabric" else list(command)
        found = run(program, self.town.root, self.town.shell(), codes)
        self.seen.setdefault(name, []).append(found)
        print(f"  {name}: {found.seconds} s", file=sys.stderr, flush=True)

    def stacks(self) -> list[str]:
        """Return the city's stacks, its own last."""
        listed = [one["name"] for one in json.loads(good(self.town.pulumi("stack", "ls", "--json")).stdout)]
        return sorted((name for name in listed if ".bench." in name), key=lambda name: name.endswith(".city"))

    def collect(self) -> int:
        """Write the objects that the stacks declare to a file, namespaces first, and return how many they are."""
        found = []
        for stack in self.stacks():
            state = json.loads(good(self.town.pulumi("stack", "export", "--show-secrets", "--stack", stack)).stdout)
            found += [plain(one["inputs"]) for one in state["deployment"]["resources"] if one["type"].startswith("kubernetes:")]
        found.sort(key=lambda one: one["kind"] != "Namespace")
        self.objects.write_text(yaml.dump_all(found, Dumper=yaml.CSafeDumper, allow_unicode=True), "utf-8")
        return len(found)

    def destroy(self) -> None:
        """Destroy every stack, as a person would: one after the other."""
        for stack in self.stacks():
            good(self.town.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview"))

    def anew(self) -> None:
        """Begin with an empty cluster, where deleting would take hours."""
        good(self.town.cityfabric("reset"))
        good(self.town.cityfabric("up", "d000"))
        self.destroy()

    def kubectl(self) -> None:
        """Measure kubectl with the same objects, from none to all of them."""
        apply = ("kubectl", "apply", "--server-side", "--force-conflicts", f"--filename={self.objects}")
        self.note("kubectl apply --server-side", *apply)
        self.note("kubectl apply --server-side, no change", *apply)
        self.note(
            "kubectl diff", "kubectl", "diff", "--server-side", "--force-conflicts", f"--filename={self.objects}", codes=(0, 1)
        )

    def kubectl_delete(self) -> None:
        """Measure kubectl until all is gone; waiting for one object after the other would take ten times as long."""
        delete = f"kubectl delete --filename={self.objects} --ignore-not-found --wait=false"
        gone = "kubectl wait --for=delete namespace --selector=cityfabric.io/city=bench --timeout=1h"
        self.note("kubectl delete", "bash", "-c", f"{delete} && {gone}")

    def cityfabric(self) -> None:
        """Measure ours, from none to all of it."""
        self.note("up from empty", "cityfabric", "up")
        self.note("up, no change", "cityfabric", "up")
        file = self.town.root / "stacks" / "bench" / "districts" / "d000.yaml"
        text = file.read_text("utf-8")
        file.write_text(text.replace("BENCH-T00", "BENCH-NEW"), "utf-8")
        self.note("up DISTRICT, one tenant changed", "cityfabric", "up", "d000")
        file.write_text(text, "utf-8")
        good(self.town.cityfabric("up", "d000"))
        self.note(
            "pulumi preview of all stacks, no change", "bash", "-c", _abreast(self.stacks(), "preview", "--expect-no-changes")
        )

    def destroy_measured(self) -> None:
        """Measure how long it takes Pulumi until all is gone."""
        *districts, city = self.stacks()
        each = (_abreast(part, "destroy", "--yes", "--skip-preview") for part in (districts, [city]))
        self.note("destroy", "bash", "-c", " && ".join(each))


def _abreast(stacks: list[str], operation: str, *options: str) -> str:
    """Return the shell's words that run an operation on stacks, as many at once as the console script does."""
    command = f"pulumi {operation} --non-interactive {' '.join(options)} --stack"
    return f"printf '%s\\n' {' '.join(stacks)} | xargs --max-procs={WORKERS} --max-args=1 {command}"


def _often(bench: Bench, tenants: int) -> int:
    """Measure both in turn, and return the number of objects."""
    good(bench.town.cityfabric("reset"))
    good(bench.town.cityfabric("up"))
    objects = bench.collect()
    print(f"{tenants} tenants, {objects} objects", file=sys.stderr, flush=True)
    bench.destroy()
    for _ in range(next((times for most, times in _REPEATED if tenants <= most), 1)):
        bench.kubectl()
        bench.kubectl_delete()
        bench.cityfabric()
        bench.destroy_measured()
    return objects


def _once(bench: Bench) -> int:
    """Measure each of them once, on a cluster made anew, and return the number of objects."""
    bench.anew()
    bench.cityfabric()
    objects = bench.collect()
    print(f"{objects} objects", file=sys.stderr, flush=True)
    bench.anew()
    bench.kubectl()
    return objects


def measure(tenants: int) -> dict[str, Any]:
    """Return the figures of a city of so many tenants."""
    with tempfile.TemporaryDirectory(prefix="cityfabric-bench-") as place:
        bench = Bench(Path(place), tenants)
        objects = _once(bench) if tenants > _HUGE else _often(bench, tenants)
        good(bench.town.cityfabric("reset"))
    runs = {name: _figures(found) for name, found in bench.seen.items()}
    return {"tenants": tenants, "objects": objects, "runs": runs}


def loading() -> dict[str, Any]:
    """Return how long a city of 100 districts with 50 tenants each takes to be read and checked."""
    with tempfile.TemporaryDirectory(prefix="cityfabric-bench-") as place:
        folder = project(Path(place), 5000, per_district=50) / "stacks" / "bench"
        code = (
            f"from pathlib import Path; from infra.model.load import load_city; assert not load_city(Path('{folder}')).problems"
        )
        found = [run([sys.executable, "-c", code], ROOT, os.environ) for _ in range(5)]
    return {"districts": 100, "tenants": 5000, **_figures(found)}


def _figures(found: list[Run]) -> dict[str, Any]:
    return {
        "seconds": [one.seconds for one in found],
        "minimum": min(one.seconds for one in found),
        "median": round(statistics.median(one.seconds for one in found), 2),
        "memory_mib": {program: max(one.memory.get(program, 0) for one in found) for program in found[0].memory},
    }


def machine() -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "processor": next(
            line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
        ),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "kernel": platform.release(),
    }


def main(sizes: list[int]) -> None:
    """Measure, print and write."""
    cities: list[dict[str, Any]] = []
    loaded = loading()
    for size in sizes:  # written after each, for a long run may be cut short
        cities.append(measure(size))
        EVIDENCE.write_text(json.dumps({"machine": machine(), "loading": loaded, "cities": cities}, indent=1) + "\n", "utf-8")
    for city in cities:
        for ours, theirs in _PAIRS:
            one, other = city["runs"].get(ours), city["runs"].get(theirs)
            print(city["tenants"], ours, one and one["median"], theirs, other and other["median"])


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [10, 50, 150, 1500])
