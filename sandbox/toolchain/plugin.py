"""A PULUMI_HOME with the Kubernetes provider installed as a plugin."""

import subprocess
import tarfile
import tempfile
from pathlib import Path

from filelock import FileLock

from sandbox.errors import SandboxError
from sandbox.toolchain import cache
from sandbox.toolchain.pins import PROVIDER_VERSION


def pulumi_home(provider: Path | None, pulumi: Path) -> Path:
    """Return a PULUMI_HOME in which the provider is installed; one home per build of the provider.

    Raises:
        SandboxError: Pulumi did not install it.
    """
    if provider is None:
        raise ValueError("the recipe of the provider is missing")
    home = cache.cache_folder() / "pulumi-home" / provider.parent.name
    plugin = home / "plugins" / f"resource-kubernetes-v{PROVIDER_VERSION}" / provider.name
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home.with_name(f".{home.name}.lock")):
        if not plugin.exists() or plugin.parent.with_name(f"{plugin.parent.name}.partial").exists():
            _install_plugin(provider, pulumi, home)
        if not plugin.samefile(provider):
            # The plugin is the entry's own file, so that it is checked, and built anew, with the entry.
            fresh = home / "plugin.new"
            fresh.unlink(missing_ok=True)
            fresh.hardlink_to(provider)
            fresh.replace(plugin)
    return home


def _install_plugin(provider: Path, pulumi: Path, home: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        archive = Path(scratch) / "provider.tgz"
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(provider, arcname=provider.name)
        command = [str(pulumi), "plugin", "install", "resource", "kubernetes", PROVIDER_VERSION, "--reinstall"]
        command += ["--file", str(archive)]
        environment = {"PULUMI_HOME": str(home), "PATH": "/usr/bin:/bin"}
        answer = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if answer.returncode:
        message = f"pulumi plugin install failed (exit {answer.returncode}): {answer.stderr.strip()}"
        raise SandboxError(message, f"remove {home} and run the command again")
