"""The Debian packages that the sandbox needs, installed where they are missing."""

import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from sandbox.errors import SandboxError

# Program -> package. The program decides whether the package is missing, so other ways of installing it count too.
PACKAGES: Final = {
    "runc": "runc",
    "iptables": "iptables",
    "ipset": "ipset",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "modprobe": "kmod",
    "sysctl": "procps",
    "busybox": "busybox-static",
    "nsenter": "util-linux",
    "umount": "mount",
}
_PATH: Final = f"{os.defpath}:/usr/sbin:/sbin:/usr/local/sbin"


def program(name: str) -> str:
    """Return the full path of a program of the operating system.

    Raises:
        SandboxError: It is not there.
    """
    found = shutil.which(name, path=_PATH)
    if not found:
        raise SandboxError(f"{name} is not there", f"apt-get install {PACKAGES.get(name, name)}")
    return found


def missing() -> list[str]:
    """Return the packages whose programs are missing."""
    return sorted({package for name, package in PACKAGES.items() if not shutil.which(name, path=_PATH)})


def ensure(say: Callable[[str], None]) -> None:
    """Install the missing packages.

    Raises:
        SandboxError: There is no apt-get, or it failed.
    """
    wanted = missing()
    if not wanted:
        return
    mend = f"install these packages: {' '.join(wanted)}"
    if not shutil.which("apt-get"):
        raise SandboxError("this is no Debian: apt-get is not there", mend)
    say(f"installing Debian packages, usually 30 s: {' '.join(wanted)}")
    for arguments in (["update", "-qq"], ["install", "-qq", "--yes", "--no-install-recommends", *wanted]):
        answer = subprocess.run(
            ["apt-get", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
        if answer.returncode:
            raise SandboxError(f"apt-get {arguments[0]} failed: {answer.stderr.strip()}", mend)
