"""A run that is killed is finished by the next one: the state is written once, at the end (docs/adr/0011)."""

import os
import random
import subprocess
import time

import psutil
import pytest

from tests.town import BIN, Town, good

pytestmark = pytest.mark.e2e

KILLS = 3
SEED = 20261123


def inventory(town: Town) -> set[str]:
    """Return every object in the district's namespaces that the city's programs made."""
    kinds = "resourcequotas,limitranges,networkpolicies,rolebindings,serviceaccounts"
    selector = "--selector=app.kubernetes.io/managed-by=cityfabric"
    objects = town.get(kinds, "--all-namespaces", selector)
    return {f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}" for one in objects}


def kill_session(leader: int) -> None:
    """Kill the console script, pulumi, its language host, the program and the provider: groups of their own, one session."""
    killed = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader:
                process.kill()
                killed.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):  # it ended meanwhile
            continue
    for process in killed:  # the kernel takes its time; a zombie is dead, whoever collects it
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


def test_killed_runs_are_finished_by_the_next(town: Town) -> None:
    whole = inventory(town)
    stack = town.stack("east")
    chance = random.Random(SEED)  # noqa: S311 - points in time, no secret
    began = time.monotonic()
    good(town.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview"))
    assert inventory(town) < whole
    begun = time.monotonic()
    good(town.cityfabric("up", "east"))
    usual = time.monotonic() - begun
    assert inventory(town) == whole, f"after {time.monotonic() - began:.0f} s"
    for _ in range(KILLS):
        good(town.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview"))
        process = subprocess.Popen(
            [BIN / "cityfabric", "up", "east"],
            cwd=town.root,
            env=town.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(usual * chance.uniform(0.3, 1.0))
        kill_session(process.pid)
        process.wait()
        good(town.cityfabric("up", "east"))
        assert inventory(town) == whole
        good(town.pulumi("preview", "--stack", stack, "--expect-no-changes"))
