"""Supervision by supervisord: it starts the programs, keeps them up, and keeps their output."""

import configparser
import hashlib
import io
import resource
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Error, Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from sandbox.cluster import network
from sandbox.cluster.files import write_if_changed
from sandbox.cluster.instance import Instance
from sandbox.cluster.programs import Program
from sandbox.errors import SandboxError

# Marks every process of an instance, so that those that outlive their supervisor are found (see processes.py).
MARK: Final = "CITYFABRIC_PART_OF"
# What a supervisord that is dead or dying answers with.
_NO_ANSWER: Final = (OSError, Error, HTTPException)
_START_TIMEOUT: Final = 20  # seconds
_FILES: Final = 65536  # open files that each program may have, if the machine allows it
_STOP_ORDER: Final = 10  # supervisord stops the highest priority first


def configure(instance: Instance, programs: Sequence[Program], path: str) -> bool:
    """Write supervisord's configuration; say whether it changed what is to run."""
    parser = configparser.RawConfigParser()
    run = instance.run
    parser["unix_http_server"] = {"file": f"{run}/supervisor.sock", "chmod": "0700"}
    parser["supervisord"] = {
        "logfile": f"{instance.logs}/supervisord.log",
        "pidfile": f"{run}/supervisord.pid",
        "directory": str(instance.state),
        "minfds": str(min(_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])),
        "environment": _plain(f'{MARK}="{instance.state}",PATH="{path}"'),
    }
    parser["rpcinterface:supervisor"] = {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"}
    for order, program in enumerate(programs):
        parser[f"program:{program.name}"] = {
            "command": _plain(shlex.join([*network.inside(instance), *program.command])),
            "priority": str(order + _STOP_ORDER),
            "autostart": "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "1000",
            "stopwaitsecs": "10",
            "redirect_stderr": "true",
            "stdout_logfile": f"{instance.logs}/{program.name}.log",
            "stdout_logfile_maxbytes": "50MB",
            "stdout_logfile_backups": "2",
        }
    text = io.StringIO()
    parser.write(text)
    return write_if_changed(instance.config / "supervisord.conf", text.getvalue())


def _plain(text: str) -> str:
    """Return a text with which supervisord does nothing more than to take it: it would replace %(...)s."""
    return text.replace("%", "%%")


def digest(instance: Instance) -> str:
    """Return a digest of all configuration, certificates and command lines that the running programs were started with."""
    found = hashlib.sha256()
    for folder in (instance.config, instance.pki):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found.update(f"{path}\n".encode() + path.read_bytes())
    return found.hexdigest()


def is_running(instance: Instance) -> bool:
    """Say whether the instance's supervisord answers."""
    try:
        with _supervisord(instance) as supervisord:
            return bool(supervisord.getState()["statename"] == "RUNNING")
    except _NO_ANSWER:
        return False


def start_supervisor(instance: Instance) -> None:
    """Start supervisord, which starts nothing by itself.

    Raises:
        SandboxError: It did not come up.
    """
    (instance.run / "supervisor.sock").unlink(missing_ok=True)
    program = shutil.which("supervisord", path=str(Path(sys.executable).parent)) or "supervisord"
    command = [program, "--configuration", str(instance.config / "supervisord.conf")]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, env={MARK: str(instance.state), "PATH": "/usr/bin:/bin"}
    )
    if answer.returncode:
        raise SandboxError(f"supervisord did not start: {answer.stderr.strip()}", "run: cityfabric down, then cityfabric up")
    ends = time.monotonic() + _START_TIMEOUT
    while not is_running(instance):
        if time.monotonic() > ends:
            raise SandboxError("supervisord does not answer", f"read {instance.logs}/supervisord.log")
        time.sleep(0.1)


def start(instance: Instance, name: str) -> None:
    """Start one program unless it runs or is about to."""
    try:
        with _supervisord(instance) as supervisord:
            supervisord.startProcess(name, False)  # noqa: FBT003 - the interface has no keywords
    except Fault as fault:
        if "ALREADY_STARTED" not in fault.faultString:
            raise SandboxError(f"{name} does not start: {fault.faultString}", f"read its log in {instance.logs}") from fault


def shut_down(instance: Instance, timeout: float = 60) -> None:
    """Stop all programs, the last started first, and supervisord itself."""
    with _supervisord(instance) as supervisord:
        supervisord.shutdown()
    ends = time.monotonic() + timeout
    while (instance.run / "supervisord.pid").exists() and time.monotonic() < ends:
        time.sleep(0.1)


def states(instance: Instance) -> dict[str, str]:
    """Return the state of each program by name, as supervisord calls it; nothing when supervisord is down."""
    try:
        with _supervisord(instance) as supervisord:
            found: list[dict[str, Any]] = supervisord.getAllProcessInfo()
    except _NO_ANSWER:
        return {}
    return {str(one["name"]): str(one["statename"]) for one in found}


@contextmanager
def _supervisord(instance: Instance) -> Iterator[Any]:
    """Give supervisord's interface, and close the connection afterwards."""
    transport = SupervisorTransport(None, None, f"unix://{instance.run}/supervisor.sock")
    try:
        yield ServerProxy("http://127.0.0.1", transport=transport).supervisor
    finally:
        transport.close()
