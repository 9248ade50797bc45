"""up, status, down and reset of an instance. Each may be repeated, and each mends what an earlier one left half-done."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from sandbox import debian
from sandbox.cluster import addons, files, images, kubeconfig, network, pki, processes, supervisor
from sandbox.cluster.instance import Instance, forget_instance, require_short_paths, state_root
from sandbox.cluster.programs import programs
from sandbox.errors import SandboxError

_API_SECONDS: Final = 90
_NODE_SECONDS: Final = 90
_DNS_SECONDS: Final = 90
_SYSTEM_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Status:
    """How an instance is."""

    name: str
    programs: dict[str, str]
    """State of each program by name, as supervisord calls it; empty when it is down."""
    ready: bool
    """Whether the API server answers, the node is ready and DNS is served."""
    kubeconfig: Path
    logs: Path


def up(instance: Instance, tools: Path, registry: str, say: Callable[[str], None]) -> None:
    """Bring the instance up, or heal it.

    Args:
        instance: The instance.
        tools: Folder with the tools.
        registry: Host name of the city's registry, under which the images are imported.
        say: Is told each step.

    Raises:
        SandboxError: Something did not come up, or another command works on the instance.
    """
    require_short_paths(instance)
    with _locked(instance):
        say("certificates and configuration")
        _prepare(instance, tools, registry)
        network.ensure(instance)
        processes.make_cgroups(instance)
        _supervise(instance)
        say("API server")
        for name in ("etcd", "kube-apiserver", "containerd"):
            supervisor.start(instance, name)
        addons.wait("the API server", lambda: addons.is_api_ready(instance, tools), _API_SECONDS, instance)
        say("images")
        addons.wait("containerd", lambda: images.is_containerd_ready(instance, tools), _NODE_SECONDS, instance)
        images.ensure(instance, tools, registry)
        addons.apply(instance, registry)
        say("node")
        for program in programs(instance, tools):
            supervisor.start(instance, program.name)
        addons.wait("the node", lambda: addons.is_node_ready(instance), _NODE_SECONDS, instance)
        say("DNS")
        addons.wait("DNS", lambda: addons.is_dns_ready(instance), _DNS_SECONDS, instance)
        addons.wait("every program", lambda: _all_run(instance), _NODE_SECONDS, instance)


def status(instance: Instance, tools: Path) -> Status:
    """Return how the instance is."""
    states = supervisor.states(instance)
    ready = (
        bool(states) and addons.is_api_ready(instance, tools) and addons.is_node_ready(instance) and addons.is_dns_ready(instance)
    )
    return Status(instance.name, states, ready, instance.kubeconfig, instance.logs)


def down(instance: Instance) -> None:
    """Stop everything; what the cluster holds stays on disk."""
    with _locked(instance):
        _stop(instance)


def reset(instance: Instance) -> None:
    """Stop everything and remove all that the instance ever made."""
    with _locked(instance):
        _stop(instance)
        if instance.state.exists():
            shutil.rmtree(instance.state)
        forget_instance(instance.name)


def _stop(instance: Instance) -> None:
    if supervisor.is_running(instance):
        supervisor.shut_down(instance)
    processes.kill_all(instance)
    processes.unmount(instance)
    network.remove(instance)
    processes.remove_cgroups(instance)
    processes.remove_shim_sockets(instance)
    shutil.rmtree(instance.run, ignore_errors=True)


def _all_run(instance: Instance) -> bool:
    return set(supervisor.states(instance).values()) == {"RUNNING"}


def _prepare(instance: Instance, tools: Path, registry: str) -> None:
    for folder in (instance.state, instance.logs, instance.run / "containerd"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pki.ensure(instance)
    plugins = (tools / "bridge").resolve().parent
    pause = f"{registry}/{images.catalogue(tools)[0].name}"
    files.write_all(instance, cni_plugins=plugins, runc=debian.program("runc"), pause_image=pause)
    kubeconfig.write_all(instance)
    supervisor.configure(instance, programs(instance, tools), f"{tools}:{_SYSTEM_PATH}")


def _supervise(instance: Instance) -> None:
    """Make sure that a supervisor runs, with the configuration as it is now."""
    running, stamp = supervisor.is_running(instance), instance.state / "configuration.sha256"
    wanted = supervisor.digest(instance)
    if running and (not stamp.exists() or stamp.read_text("utf-8") != wanted):
        supervisor.shut_down(instance)
        running = False
    if not running:
        processes.kill_programs(instance)
        supervisor.start_supervisor(instance)
        stamp.write_text(wanted, "utf-8")


class _locked:  # noqa: N801 - reads as the statement that it is used in
    """Keeps two commands from working on one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._lock = FileLock(state_root() / f".{instance.name}.lock")

    def __enter__(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            message = f"another command works on the instance {self._instance.name}"
            raise SandboxError(message, "wait until it has ended") from error

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._lock.release()


def require_root() -> None:
    """Refuse to go on where a cluster cannot be built.

    Raises:
        SandboxError: Not root, or not Linux.
    """
    mend = "set KUBECONFIG to a cluster that you may administer, or run as root on Debian 12"
    if os.uname().sysname != "Linux":
        raise SandboxError(f"the sandbox needs Linux, this is {os.uname().sysname}", mend)
    if os.geteuid() != 0:
        raise SandboxError("the sandbox needs root: it makes namespaces, mounts and containers", mend)
