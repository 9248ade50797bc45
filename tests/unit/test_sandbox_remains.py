"""What is left of an instance is found and taken away, and nothing of anybody else's."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from sandbox.cluster import lifecycle, network, processes, supervisor
from sandbox.cluster.instance import Instance, is_known, open_instance
from sandbox.cluster.supervisor import MARK
from sandbox.errors import SandboxError
from tests.workshop import script

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """Return an instance that has nothing yet."""
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("sandbox.cluster.processes.cgroups", lambda _: [])
    return open_instance("test")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a program that sleeps, as a part of an instance or not."""
    started: list[subprocess.Popen[bytes]] = []

    def call(name: str, part_of: str = "") -> "subprocess.Popen[bytes]":
        program = shutil.copy("/bin/sleep", tmp_path / name)
        started.append(subprocess.Popen([program, "60"], env={MARK: part_of} if part_of else {}))
        return started[-1]

    yield call
    for one in started:
        one.kill()
        one.wait()


def test_programs_of_a_dead_supervisor_are_ended_but_not_its_pods(instance: Instance, start: Start) -> None:
    program = start("etcd", str(instance.state))
    others = [start("containerd-shim-runc-v2", str(instance.state)), start("etcd-2", f"{instance.state}-2"), start("etcd-3")]
    processes.kill_programs(instance)
    assert program.poll() is not None
    assert [other.poll() for other in others] == [None, None, None]


def test_reset_ends_the_pods_too_and_nobody_elses(instance: Instance, start: Start) -> None:
    own = [start("etcd", str(instance.state)), start("containerd-shim-runc-v2", str(instance.state))]
    other = start("etcd-2", f"{instance.state}-2")
    processes.kill_all(instance)
    assert all(one.poll() is not None for one in own)
    assert other.poll() is None


@pytest.mark.sandbox
def test_mounts_are_found_whatever_their_names_and_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: Instance
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "state")
    places = [
        tmp_path / "state" / "test" / "城 one\\two",
        tmp_path / "state" / "test" / "城 one\\two" / "in",
        tmp_path / "state" / "test-2",
    ]
    for place in places:
        place.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    try:
        monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path / "link"))
        processes.unmount(instance)
        assert [os.path.ismount(place) for place in places] == [False, False, True]
    finally:
        for place in reversed(places):
            subprocess.run(["umount", "--quiet", place], check=False)


def test_where_no_cgroup_can_be_made_it_is_said_what_to_set(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.cluster.processes.cgroups", lambda _: [Path("/proc/1/none")])
    with pytest.raises(SandboxError, match="cannot make the cgroup /proc/1/none") as failure:
        processes.make_cgroups(instance)
    assert "set KUBECONFIG" in failure.value.mend


def test_a_command_of_the_network_that_fails_is_told(instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "bin" / "modprobe", "exit 1")
    script(tmp_path / "bin" / "ip", "echo not permitted >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(SandboxError, match="ip netns add cf-test failed: not permitted") as failure:
        network.ensure(instance)
    assert "set KUBECONFIG" in failure.value.mend


@pytest.mark.parametrize("command", [lifecycle.down, lifecycle.reset])
def test_two_commands_on_one_instance_are_kept_apart(instance: Instance, command: Callable[[Instance], None]) -> None:
    with FileLock(instance.state.parent / ".test.lock"), pytest.raises(SandboxError, match="another command works") as refusal:
        command(instance)
    assert refusal.value.mend == "wait until it has ended"


@pytest.mark.parametrize("there", [True, False])
def test_reset_takes_everything_away_even_without_its_folder(
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    there: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    taken: list[str] = []
    monkeypatch.setattr(supervisor, "is_running", lambda _: False)
    for module, name in ((processes, "kill_all"), (processes, "unmount"), (network, "remove"), (processes, "remove_cgroups")):
        monkeypatch.setattr(module, name, lambda _, name=name: taken.append(name))
    if there:
        (instance.state / "etcd").mkdir(parents=True)
    lifecycle.reset(instance)
    lifecycle.reset(instance)  # once more is no error
    assert taken == ["kill_all", "unmount", "remove", "remove_cgroups"] * 2
    assert not instance.state.exists()
    assert not is_known("test")


def test_a_supervisor_that_is_not_there_has_no_states(instance: Instance) -> None:
    assert not supervisor.is_running(instance)
    assert supervisor.states(instance) == {}
