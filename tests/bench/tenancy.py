"""How long a city takes beside kubectl with the very same objects: `make bench`, or `python -m tests.bench.tenancy 10 50`.

For each number of tenants, in one run and on a sandbox of its own: kubectl applies, compares and deletes the objects that the
stacks declare; then the console script provisions the city, runs again without change, changes one tenant, previews and destroys.
Prints a table, and writes it and the figures, with the machine's name, to docs/evidence.
"""

import json
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import psutil
import yaml

from tests.bench.cities import project
from tests.bench.measure import Run, run
from tests.town import BIN, ROOT, Town, good

INSTANCE: Final = "sandbox-bench"
REPEATED: Final = 3
_LARGE: Final = 300  # tenants; a larger city is measured once
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
            state = json.loads(good(self.town.pulumi("stack", "export", "--stack", stack)).stdout)
            found += [one["inputs"] for one in state["deployment"]["resources"] if one["type"].startswith("kubernetes:")]
        found.sort(key=lambda one: one["kind"] != "Namespace")
        self.objects.write_text(yaml.dump_all(found, Dumper=yaml.CSafeDumper, allow_unicode=True), "utf-8")
        return len(found)

    def destroy(self) -> None:
        """Destroy every stack, as a person would: one after the other."""
        for stack in self.stacks():
            good(self.town.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview"))

    def kubectl(self) -> None:
        """Measure kubectl with the same objects, from none to none."""
        apply = ("kubectl", "apply", "--server-side", "--force-conflicts", f"--filename={self.objects}")
        self.note("kubectl apply --server-side", *apply)
        self.note("kubectl apply --server-side, no change", *apply)
        self.note(
            "kubectl diff", "kubectl", "diff", "--server-side", "--force-conflicts", f"--filename={self.objects}", codes=(0, 1)
        )
        self.note("kubectl delete", "kubectl", "delete", f"--filename={self.objects}", "--ignore-not-found")

    def cityfabric(self) -> None:
        """Measure ours, from none to none."""
        self.note("up from empty", "cityfabric", "up")
        self.note("up, no change", "cityfabric", "up")
        file = self.town.root / "stacks" / "bench" / "districts" / "d000.yaml"
        text = file.read_text("utf-8")
        file.write_text(text.replace("BENCH-T00", "BENCH-NEW"), "utf-8")
        self.note("up DISTRICT, one tenant changed", "cityfabric", "up", "d000")
        file.write_text(text, "utf-8")
        good(self.town.cityfabric("up", "d000"))
        each = "; ".join(
            f"pulumi preview --non-interactive --expect-no-changes --stack {stack} || exit 1" for stack in self.stacks()
        )
        self.note("pulumi preview of all stacks, no change", "bash", "-c", each)
        each = "; ".join(
            f"pulumi destroy --non-interactive --yes --skip-preview --stack {one} || exit 1" for one in self.stacks()
        )
        self.note("destroy", "bash", "-c", each)


def measure(tenants: int) -> dict[str, Any]:
    """Return the figures of a city of so many tenants."""
    with tempfile.TemporaryDirectory(prefix="cityfabric-bench-") as place:
        bench = Bench(Path(place), tenants)
        good(bench.town.cityfabric("reset"))
        good(bench.town.cityfabric("up"))
        objects = bench.collect()
        print(f"{tenants} tenants, {objects} objects", file=sys.stderr, flush=True)
        bench.destroy()
        for _ in range(REPEATED if tenants < _LARGE else 1):
            bench.kubectl()
            bench.cityfabric()
        good(bench.town.cityfabric("reset"))
    runs = {
        name: {
            "seconds": [one.seconds for one in found],
            "minimum": min(one.seconds for one in found),
            "median": round(statistics.median(one.seconds for one in found), 2),
            "memory_mib": {program: max(one.memory.get(program, 0) for one in found) for program in found[0].memory},
        }
        for name, found in bench.seen.items()
    }
    return {"tenants": tenants, "objects": objects, "runs": runs}


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
    for size in sizes:  # written after each, for a long run may be cut short
        cities.append(measure(size))
        EVIDENCE.write_text(json.dumps({"machine": machine(), "cities": cities}, indent=1) + "\n", "utf-8")
    for city in cities:
        for ours, theirs in _PAIRS:
            one, other = city["runs"].get(ours), city["runs"].get(theirs)
            print(city["tenants"], ours, one and one["median"], theirs, other and other["median"])


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [10, 50, 150])
