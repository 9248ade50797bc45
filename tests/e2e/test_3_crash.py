"""Runs that are killed, or that lose their cluster, at random points are finished by the next: nothing orphaned, nothing doubled.

The state is written once, at the end of a run (docs/adr/0011), so every point is one where state and cluster differ.
"""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import pytest

from tests.town import BIN, ROOT, Town, good

pytestmark = pytest.mark.e2e

POINTS = 20
SEED = 20261123
VICTIMS = ("everything", "pulumi", "pulumi-resource-kubernetes", "kube-apiserver", "etcd")
_chance = random.Random(SEED)  # noqa: S311 - points in time, no secret
WHEN = [(VICTIMS[number % len(VICTIMS)], round(_chance.uniform(0.1, 0.98), 2)) for number in range(POINTS)]


def inventory(town: Town) -> set[str]:
    """Return every object in namespaces that the city's programs made."""
    kinds = "resourcequotas,limitranges,networkpolicies,rolebindings,serviceaccounts,services,secrets"
    objects = town.get(kinds, "--all-namespaces", "--selector=app.kubernetes.io/managed-by=cityfabric")
    return {f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}" for one in objects}


def _of_run(leader: int, name: str) -> Callable[[psutil.Process], bool]:
    """Return what tells the processes of a run: it, pulumi, the language host, the program and the provider are one session."""
    return lambda process: os.getsid(process.pid) == leader and name in {"everything", process.name()}


def _of_cluster(instance: str, name: str) -> Callable[[psutil.Process], bool]:
    return lambda process: process.name() == name and any(f"/{instance}/" in word for word in process.cmdline())


def kill(chosen: Callable[[psutil.Process], bool]) -> int:
    """Kill the processes that are chosen, wait until they are dead, and return how many they were."""
    killed = []
    for process in psutil.process_iter():
        try:
            if chosen(process):
                process.kill()
                killed.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):  # it ended meanwhile
            continue
    for process in killed:  # the kernel takes its time; a zombie is dead, whoever collects it
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    return len(killed)


@contextmanager
def struck(town: Town, victim: str, after: float) -> Iterator[None]:
    """Begin to provision the district, kill the victim after so many seconds, and let the run end.

    What a killed pulumi left running runs on beside the next run, as it would at a user's; it is taken away in the end.
    """
    process = subprocess.Popen(
        [BIN / "cityfabric", "up", "east"],
        cwd=town.root,
        env=town.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(after)
    ours = victim in {"everything", "pulumi", "pulumi-resource-kubernetes"}
    chosen = _of_run(process.pid, victim) if ours else _of_cluster(town.instance, victim)
    while not kill(chosen) and process.poll() is None:  # not there yet
        time.sleep(0.05)
    process.wait(timeout=200)
    try:
        yield
    finally:
        kill(_of_run(process.pid, "everything"))


@dataclass(frozen=True)
class Usual:
    """What a run leaves, and how long it takes, in seconds."""

    whole: set[str]
    from_empty: float
    change: float


def emptied(town: Town) -> None:
    good(town.pulumi("destroy", "--stack", town.stack("east"), "--yes", "--skip-preview"))


def seconds(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


@pytest.fixture(scope="module")
def other(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Return the same city with each tenant of the district changed: labels, quotas and policies."""
    root = tmp_path_factory.mktemp("other")
    shutil.copytree(ROOT / "stacks", root / "stacks")
    shutil.copyfile(ROOT / "Pulumi.yaml", root / "Pulumi.yaml")
    (root / ".venv").symlink_to(BIN.parent)
    file = root / "stacks" / "tiny" / "districts" / "east.yaml"
    text = file.read_text("utf-8").replace("TINY-EAST", "TINY-EAST-NEW").replace("pods: 5}", "pods: 4}")
    file.write_text(text.replace("consumes: [authentication, population]", "consumes: [authentication]"), "utf-8")
    return Town(town.instance, root)


@pytest.fixture(scope="module")
def usual(town: Town, other: Town) -> Iterator[Usual]:
    """Return what is usual, measured here and now."""
    whole = inventory(town)
    emptied(town)
    assert inventory(town) < whole
    from_empty = seconds(lambda: good(town.cityfabric("up", "east")))
    change = seconds(lambda: good(other.cityfabric("up", "east")))
    yield Usual(whole, from_empty, change)
    good(town.cityfabric("up"))
    assert inventory(town) == whole


@pytest.mark.parametrize(("victim", "part"), WHEN)
def test_a_run_from_empty_is_finished_by_the_next(town: Town, usual: Usual, victim: str, part: float) -> None:
    emptied(town)
    with struck(town, victim, usual.from_empty * part):
        good(town.cityfabric("up", "east"))
    assert inventory(town) == usual.whole
    assert town.cityfabric("drift").returncode == 0


@pytest.mark.parametrize(("number", "victim", "part"), [(number, *when) for number, when in enumerate(WHEN)])
def test_a_change_is_finished_by_the_next_run(
    town: Town, other: Town, usual: Usual, number: int, victim: str, part: float
) -> None:
    wanted = (town, other)[number % 2]  # to and fro
    with struck(wanted, victim, usual.change * part):
        good(wanted.cityfabric("up", "east"))
    codes = {
        one["metadata"]["labels"]["cityfabric.io/cost-code"] for one in wanted.get("namespaces", "-l=cityfabric.io/district=east")
    }
    assert {code.startswith("TINY-EAST-NEW") for code in codes} == {wanted is other}
    assert wanted.cityfabric("drift").returncode == 0


def test_two_runs_at_once_lock_each_other_out(town: Town, other: Town) -> None:
    emptied(town)
    runs = [
        subprocess.Popen(
            [BIN / "cityfabric", "up", "east"], cwd=one.root, env=one.environment(), stderr=subprocess.PIPE, text=True
        )
        for one in (town, other)
    ]
    told = {run.communicate(timeout=200)[1]: run.returncode for run in runs}
    assert sorted(told.values()) == [0, 1]
    (refused,) = (words for words, code in told.items() if code)
    assert "another command works on" in refused or "is locked: process" in refused
    assert "mend" in refused
    assert "Traceback" not in refused
    good(town.cityfabric("up", "east"))
    assert town.cityfabric("drift").returncode == 0
