"""Where things are: the project, the instance, the cluster and Pulumi's state. Read once, from the environment."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from platformdirs import user_state_path

from cityfabric.errors import UserError

PROJECT_FILE: Final = "Pulumi.yaml"
DEFAULT_CITY: Final = "hangzhou"
SANDBOX_INSTANCE: Final = "sandbox"
EXTERNAL_INSTANCE: Final = "external"
# Longer than an instance's name can be: whatever the names, `reset` of a sandbox never removes the state of another cluster.
_EXTERNAL_STATES: Final = "external-clusters"
_NAME: Final = r"[a-z][a-z0-9-]{0,14}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command works on."""

    root: Path
    """Folder of Pulumi.yaml."""
    project: str
    """Name of the Pulumi project, as in Pulumi.yaml."""
    city: str
    """Folder of the city's data, under stacks/."""
    instance: str
    """Name that keeps one cluster's stacks and state apart from another's."""
    state: Path
    """Folder of the instance's state."""
    kubeconfig: Path
    """The cluster's kubeconfig."""
    sandbox: bool
    """Whether the cluster is the sandbox; otherwise it is the one that KUBECONFIG names."""

    @property
    def city_folder(self) -> Path:
        """Folder of the city's data."""
        return self.root / "stacks" / self.city

    @property
    def stack_configs(self) -> Path:
        """Folder of the stacks' configuration, as Pulumi.yaml has it."""
        return self.root / "stacks" / "config"

    @property
    def backend(self) -> Path:
        """Folder of Pulumi's state when no other backend is set."""
        return self.state / "pulumi"

    def stack(self, district: str | None = None) -> str:
        """Return the name of the city's stack, or of a district's; a label only, the meaning stands in its config."""
        return ".".join([self.instance, self.city, district or "city"])


def read_settings(city: str | None = None) -> Settings:
    """Return the settings.

    Args:
        city: Name of the city; None takes $CITYFABRIC_CITY, else the only city of the project, else the model city.

    Raises:
        UserError: No project here, no such city, or a name that cannot be used.
    """
    root = _project_root()
    known = sorted(path.parent.name for path in (root / "stacks").glob("*/city.yaml"))
    name = city or os.environ.get("CITYFABRIC_CITY") or (known[0] if len(known) == 1 else DEFAULT_CITY)
    if name not in known:
        raise UserError(f"there is no city {name!r} in stacks/", f"choose one of: {', '.join(known) or 'none yet'}")
    project = _project_name(root / PROJECT_FILE)
    own = Path("/var/lib/cityfabric") if os.geteuid() == 0 else user_state_path("cityfabric")
    states = Path(os.environ.get("CITYFABRIC_STATE") or own).expanduser().absolute()
    instance = os.environ.get("CITYFABRIC_INSTANCE")
    sandboxed = states / (instance or SANDBOX_INSTANCE) / "kubeconfig"
    outside = _outside()
    # The shell of `cityfabric env` sets KUBECONFIG to the sandbox's own file: that is the sandbox, not a cluster beside it.
    sandbox = outside is None or outside == sandboxed
    instance = instance or (SANDBOX_INSTANCE if sandbox else EXTERNAL_INSTANCE)
    if not re.fullmatch(_NAME, instance):
        raise UserError(f"CITYFABRIC_INSTANCE is {instance!r}", f"choose a name that matches {_NAME}")
    _require_cluster(instance, outside, sandbox=sandbox)
    if outside is None or sandbox:
        return Settings(root, project, name, instance, states / instance, sandboxed, sandbox=True)
    if not outside.is_file():
        raise UserError(f"KUBECONFIG names {outside}, and there is no such file", "set it to one kubeconfig, or unset it")
    return Settings(root, project, name, instance, states / _EXTERNAL_STATES / instance, outside.resolve(), sandbox=False)


def _require_cluster(instance: str, outside: Path | None, *, sandbox: bool) -> None:
    """Refuse an instance that is named like a sandbox and is none, or the other way round.

    The name decides which stacks are worked on, and which are removed by `reset`; no two clusters may share it.
    """
    named = instance.startswith(SANDBOX_INSTANCE)
    if sandbox and not named:
        message = f"CITYFABRIC_INSTANCE is {instance!r}, KUBECONFIG names no cluster, and a sandbox is called {SANDBOX_INSTANCE}*"
        raise UserError(message, f"set KUBECONFIG to the cluster of {instance}, or unset CITYFABRIC_INSTANCE for the sandbox")
    if named and not sandbox:
        message = f"CITYFABRIC_INSTANCE is {instance!r}, a sandbox's name, and KUBECONFIG names another cluster: {outside}"
        raise UserError(message, f"unset KUBECONFIG, or choose a name that does not begin with {SANDBOX_INSTANCE}")


def _outside() -> Path | None:
    named = os.environ.get("KUBECONFIG")
    return Path(named).expanduser().absolute() if named else None


def _project_root() -> Path:
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / PROJECT_FILE).is_file() and (folder / "stacks").is_dir():
            return folder
    raise UserError(f"{Path.cwd()} is not in a cityfabric project: no {PROJECT_FILE} here or above", "cd to the project's folder")


def _project_name(file: Path) -> str:
    """Return the name under which Pulumi keeps the project's state."""
    try:
        name = yaml.safe_load(file.read_text("utf-8"))["name"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        name = None
    if not isinstance(name, str):
        raise UserError(f"{file} names no project", "write 'name: NAME' into it")
    return name
