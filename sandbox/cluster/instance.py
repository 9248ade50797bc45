"""An instance of the sandbox: its name, its folders and its addresses, none shared with another instance."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from sandbox.errors import SandboxError

DEFAULT_NAME: Final = "sandbox"
NAME_PATTERN: Final = r"[a-z][a-z0-9-]{0,14}"
SLOTS: Final = 32
_SOCKET_LENGTH: Final = 107  # characters, see unix(7)
_LONGEST_SOCKET: Final = "kubelet/device-plugins/kubelet.sock"


def state_root() -> Path:
    """Return the folder of all instances: $CITYFABRIC_STATE, else the system's."""
    return Path(os.environ.get("CITYFABRIC_STATE") or "/var/lib/cityfabric").expanduser().absolute()


@dataclass(frozen=True, slots=True)
class Instance:
    """One sandbox. Everything in it lives in a network namespace and two folders of its own."""

    name: str
    slot: int
    """Number from 0, unique among the instances of the machine; decides the addresses."""

    @property
    def state(self) -> Path:
        """Folder of what must last: etcd, certificates, images, logs, Pulumi's state."""
        return state_root() / self.name

    @property
    def run(self) -> Path:
        """Folder of sockets; short, because a socket's path may have 107 characters only."""
        return Path("/run/cityfabric") / self.name

    @property
    def logs(self) -> Path:
        """Folder of all logs."""
        return self.state / "logs"

    @property
    def pki(self) -> Path:
        """Folder of certificates and keys."""
        return self.state / "pki"

    @property
    def config(self) -> Path:
        """Folder of the programs' generated configuration."""
        return self.state / "config"

    @property
    def kubeconfig(self) -> Path:
        """The platform engineer's kubeconfig."""
        return self.state / "kubeconfig"

    @property
    def netns(self) -> str:
        """Name of the network namespace."""
        return f"cf-{self.name}"

    @property
    def cgroup(self) -> str:
        """The cgroup that all pods are under."""
        return f"/cityfabric-{self.name}"

    @property
    def node(self) -> str:
        """Name of the one node."""
        return f"{self.name}-node"

    @property
    def host_address(self) -> str:
        """Address of the machine on the link into the namespace."""
        return f"10.77.{self.slot}.1"

    @property
    def node_address(self) -> str:
        """Address of the node on the link into the namespace."""
        return f"10.77.{self.slot}.2"

    @property
    def pod_network(self) -> str:
        """Addresses of pods."""
        return f"10.78.{self.slot}.0/24"

    @property
    def service_network(self) -> str:
        """Addresses of Services."""
        return f"10.79.{self.slot * 4}.0/22"

    @property
    def api_service_address(self) -> str:
        """Address of the API server's own Service: the first of the network."""
        return f"10.79.{self.slot * 4}.1"

    @property
    def dns_address(self) -> str:
        """Address of the DNS Service."""
        return f"10.79.{self.slot * 4}.10"

    @property
    def api_url(self) -> str:
        """The API server's address."""
        return f"https://{self.node_address}:6443"


def open_instance(name: str) -> Instance:
    """Return the instance of that name, with a slot of its own reserved for it.

    Raises:
        SandboxError: The name cannot be used, or all slots are taken.
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise SandboxError(
            f"instance name {name!r} does not match {NAME_PATTERN}", "choose another name with CITYFABRIC_INSTANCE"
        )
    with _slots() as slots:
        if name not in slots:
            free = [slot for slot in range(SLOTS) if slot not in slots.values() and not _is_in_use(slot)]
            if not free:
                mend = "remove an instance: CITYFABRIC_INSTANCE=NAME cityfabric reset"
                raise SandboxError(f"all {SLOTS} slots are taken: {', '.join(slots)}", mend)
            slots[name] = free[0]
        return Instance(name, slots[name])


def require_short_paths(instance: Instance) -> None:
    """Refuse a folder in which the programs could not make their sockets.

    Raises:
        SandboxError: The folder's path is too long.
    """
    too_long = len(f"{instance.state}/{_LONGEST_SOCKET}") - _SOCKET_LENGTH
    if too_long > 0:
        message = f"the path {instance.state} is {too_long} characters too long for the sockets in it"
        raise SandboxError(message, "choose a shorter folder with CITYFABRIC_STATE")


def is_known(name: str) -> bool:
    """Say whether an instance of that name has been brought up and not been reset since."""
    with _slots() as slots:
        return name in slots


def _is_in_use(slot: int) -> bool:
    """Say whether the addresses of a slot are on this machine already, for an instance of another state folder."""
    return Path(f"/sys/class/net/{outer_link(slot)}").exists()


def outer_link(slot: int) -> str:
    """Return the name that the link into the namespace has on the machine."""
    return f"cf{slot}host"


def forget_instance(name: str) -> None:
    """Give the slot of an instance back."""
    with _slots() as slots:
        slots.pop(name, None)


class _slots:  # noqa: N801 - reads as the statement that it is used in
    """The register of slots, locked while it is open and written back at the end."""

    def __init__(self) -> None:
        state_root().mkdir(parents=True, exist_ok=True)
        self._path = state_root() / "slots.json"
        self._lock = FileLock(state_root() / ".slots.lock")

    def __enter__(self) -> dict[str, int]:
        self._lock.acquire()
        self._slots: dict[str, int] = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        return self._slots

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._slots), "utf-8")
            fresh.replace(self._path)
        self._lock.release()
