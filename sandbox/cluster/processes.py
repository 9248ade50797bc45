"""What an instance leaves on the machine when it is killed rather than stopped, found and taken away."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from sandbox.cluster.instance import Instance
from sandbox.cluster.supervisor import MARK
from sandbox.errors import SandboxError

_CGROUPS: Final = Path("/sys/fs/cgroup")
_PATIENCE: Final = 10  # seconds
_OCTAL: Final = re.compile(rb"\\([0-7]{3})")
_SHIM: Final = "containerd-shim"


def kill_programs(instance: Instance) -> None:
    """End the programs of a dead supervisor, but not the shims: the pods live on until a new containerd takes them over."""
    _end(lambda: [found for found in _marked(instance) if not _is_shim(found)])


def kill_all(instance: Instance) -> None:
    """End every process of the instance: programs, shims, and all that runs in its pods."""
    _end(lambda: [*_marked(instance), *_in_cgroups(instance)])


def _is_shim(process: psutil.Process) -> bool:
    try:
        return process.name().startswith(_SHIM)
    except psutil.NoSuchProcess:
        return True  # nothing to end


def _marked(instance: Instance) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(instance.state):
                yield process
        except psutil.Error:  # it has ended, or is a thread of the kernel
            continue


def _in_cgroups(instance: Instance) -> Iterator[psutil.Process]:
    for folder in cgroups(instance):
        for listing in folder.rglob("cgroup.procs"):
            with suppress(OSError):  # the kubelet has just removed it
                for pid in listing.read_text().split():
                    with suppress(psutil.NoSuchProcess):
                        yield psutil.Process(int(pid))


def _end(find: Callable[[], list[psutil.Process]]) -> None:
    ends = time.monotonic() + _PATIENCE
    while found := [process for process in find() if process.pid != os.getpid()]:
        if time.monotonic() > ends:
            message = f"processes do not end: {', '.join(str(process.pid) for process in found)}"
            raise SandboxError(message, "look at them with ps, and run the command again")
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(found, timeout=1)


def cgroups(instance: Instance) -> list[Path]:
    """Return the instance's cgroup in each hierarchy that is mounted: one with version 2, several with version 1."""
    roots = [_CGROUPS] if (_CGROUPS / "cgroup.procs").exists() else [path for path in _CGROUPS.iterdir() if path.is_dir()]
    return [root / instance.cgroup.lstrip("/") for root in sorted({root.resolve() for root in roots})]


def make_cgroups(instance: Instance) -> None:
    """Make the cgroup that the kubelet puts all pods under; it does not make it itself.

    Raises:
        SandboxError: The machine does not allow it.
    """
    try:
        for folder in cgroups(instance):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        mend = "the sandbox needs root with all capabilities; else set KUBECONFIG to a cluster"
        raise SandboxError(f"cannot make the cgroup {error.filename}: {error.strerror}", mend) from error


def remove_cgroups(instance: Instance) -> None:
    """Remove the instance's cgroups, the innermost first; they hold no process any more."""
    for root in cgroups(instance):
        if root.exists():
            inner = [path for path in root.rglob("*") if path.is_dir()]
            for folder in sorted([root, *inner], key=lambda path: len(path.parts), reverse=True):
                folder.rmdir()


def unmount(instance: Instance) -> None:
    """Unmount all that is mounted under the instance's folders, the innermost first."""
    # As the kernel names them: without symbolic links, and with blanks written as \040.
    folders = tuple(f"{folder.resolve()}/" for folder in (instance.state, instance.run))
    lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    targets = [os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), line.split()[4])) for line in lines]
    for target in reversed([target for target in targets if target.startswith(folders)]):
        subprocess.run(["umount", "--lazy", target], check=True, capture_output=True)


def remove_shim_sockets(instance: Instance) -> None:
    """Remove the sockets of killed shims, which lie in a folder that all containerds of the machine share."""
    for bootstrap in instance.run.glob("containerd/state/io.containerd.runtime.v2.task/*/*/bootstrap.json"):
        address = json.loads(bootstrap.read_text("utf-8"))["address"]
        Path(address.removeprefix("unix://")).unlink(missing_ok=True)
