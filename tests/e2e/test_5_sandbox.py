"""The sandbox itself: healed after any kill, two side by side, nothing left behind, and out of the way of a cluster outside."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.cluster import lifecycle, processes
from sandbox.cluster.instance import Instance, open_instance
from sandbox.cluster.programs import programs
from sandbox.cluster.supervisor import MARK, states
from sandbox.toolchain.install import Tools, ensure
from tests.town import ROOT, Quiet, Town, good

pytestmark = pytest.mark.sandbox

REGISTRY = "registry.tiny.example"


@pytest.fixture(scope="module")
def tools() -> Tools:
    """Return the tools."""
    return ensure(Quiet())


@pytest.fixture(scope="module")
def second(tools: Tools) -> Iterator[Instance]:
    """Return a second instance, up, beside whatever else runs."""
    instance = open_instance("sandbox-two")
    lifecycle.reset(instance)
    instance = open_instance("sandbox-two")
    heal(instance, tools)
    yield instance
    lifecycle.reset(instance)


def heal(instance: Instance, tools: Tools) -> None:
    lifecycle.up(instance, tools.bin, REGISTRY, lambda _: None)


def pids(instance: Instance, program: str) -> list[int]:
    """Return the processes of a program of the instance."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.name() == program and process.environ().get(MARK) == str(instance.state):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("name", [one.name for one in programs(Instance("any", 0), Path("/"))])
def test_any_program_may_be_killed(second: Instance, tools: Tools, name: str) -> None:
    (before,) = pids(second, name)
    os.kill(before, signal.SIGKILL)
    heal(second, tools)
    (after,) = pids(second, name)
    assert after != before
    assert lifecycle.status(second, tools.bin).ready
    assert set(states(second).values()) == {"RUNNING"}


def test_supervisor_may_be_killed_and_the_pods_live_on(second: Instance, tools: Tools) -> None:
    (coredns,) = [process.pid for folder in [second.cgroup] for process in in_cgroup(second) if process.name() == "coredns"]
    os.kill(int((second.run / "supervisord.pid").read_text()), signal.SIGKILL)
    heal(second, tools)
    assert lifecycle.status(second, tools.bin).ready
    assert psutil.pid_exists(coredns)
    assert [len(pids(second, one.name)) for one in programs(second, tools.bin)] == [1] * 8


def in_cgroup(instance: Instance) -> list[psutil.Process]:
    listings = {path for folder in processes.cgroups(instance) for path in folder.rglob("cgroup.procs")}
    return [psutil.Process(pid) for pid in {int(pid) for path in listings for pid in path.read_text().split()}]


def test_down_and_up_keep_what_the_cluster_holds(second: Instance, tools: Tools) -> None:
    kubectl = [str(tools.bin / "kubectl"), f"--kubeconfig={second.kubeconfig}"]
    subprocess.run([*kubectl, "create", "namespace", "kept"], check=True, capture_output=True)
    lifecycle.down(second)
    assert in_cgroup(second) == []
    assert states(second) == {}
    heal(second, tools)
    subprocess.run([*kubectl, "get", "namespace", "kept"], check=True, capture_output=True)


# Instances beside the one that is looked at start and end pods of their own meanwhile.
OTHERS = tuple(f"{root}/{name}/" for root in ("/var/lib/cityfabric", "/run/cityfabric") for name in ("sandbox", "sandbox-two"))


def mounts() -> list[str]:
    """Return where something is mounted."""
    return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]


def sockets_of_others() -> str:
    """Return what the other instances say of their shims' sockets."""
    files = [path for root in OTHERS for path in Path(root).glob("containerd/state/*/*/*/bootstrap.json")]
    return " ".join(path.read_text() for path in files)


def machine() -> dict[str, list[str]]:
    """Return what a sandbox could leave behind on the machine."""

    def lines(*command: str) -> list[str]:
        return sorted(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines())

    return {
        "namespaces": lines("ip", "netns", "list"),
        "links": [line.split(":")[1].strip() for line in lines("ip", "-oneline", "link", "show")],
        "routes": lines("ip", "route", "show", "table", "all"),
        "chains": [line for line in lines("nft", "list", "ruleset") if line.strip().startswith(("table", "chain"))],
        "mounts": sorted(one for one in mounts() if not one.startswith(OTHERS)),
        "cgroups": sorted(str(path) for path in Path("/sys/fs/cgroup").rglob("*cityfabric-*")),
        "sockets": sorted(path.name for path in Path("/run/containerd/s").glob("*") if str(path) not in sockets_of_others()),
        "run": sorted(path.name for path in Path("/run/cityfabric").glob("*")),
        "instances": sorted(path.name for path in Path("/var/lib/cityfabric").glob("[!.]*")),
    }


def test_reset_leaves_nothing_behind(tools: Tools) -> None:
    before = machine()
    instance = open_instance("sandbox-gone")
    heal(instance, tools)
    assert machine() != before
    subprocess.run(["pkill", "--signal", "KILL", "--full", f"{instance.config}/supervisord.conf"], check=True)
    lifecycle.reset(instance)
    after = machine()
    after["instances"] = [name for name in after["instances"] if name != "slots.json" or name in before["instances"]]
    assert after == before
    assert [process.pid for process in psutil.process_iter() if marked(process, instance)] == []


def marked(process: psutil.Process, instance: Instance) -> bool:
    try:
        return process.environ().get(MARK) == str(instance.state)
    except psutil.Error:
        return False


def test_cluster_of_kubeconfig_is_used_and_the_sandbox_stays_out_of_the_way(second: Instance, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    shutil.copyfile(second.kubeconfig, kubeconfig)
    outside = Town("outside", extra={"KUBECONFIG": str(kubeconfig), "CITYFABRIC_STATE": str(tmp_path / "state")})
    try:
        outcomes = json.loads(good(outside.cityfabric("up", "--json")).stdout)
        assert [one["errors"] for one in outcomes] == [[], [], []]
        found = json.loads(good(outside.cityfabric("status", "--json")).stdout)
        assert found["sandbox"] is None
        assert {row["district"] for row in found["tenants"]} == {"east", "west"}
        refused = outside.cityfabric("down")
        assert refused.returncode == 2
        assert "unset KUBECONFIG" in refused.stderr
        assert not (tmp_path / "state" / "outside" / "etcd").exists()
    finally:
        for path in (ROOT / "stacks" / "config").glob("Pulumi.outside.*.yaml"):
            path.unlink()
