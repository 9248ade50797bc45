"""What the engine finds when it begins: the folder of its state, the passphrase, and each stack's configuration."""

import secrets
from pathlib import Path
from typing import Final

import yaml

from cityfabric.errors import EngineError
from cityfabric.settings import Settings

_KEYS: Final = "cityfabric"  # what the program reads, whatever the project is called


def prepare(settings: Settings, cluster: str, districts: list[str]) -> None:
    """Make the state's folder, the passphrase, and the configuration of the city's stack and of each district's.

    Args:
        settings: The instance.
        cluster: Identity of the cluster; recorded once per stack.
        districts: Names of the districts.

    Raises:
        EngineError: The sandbox's state of a stack is there, but the cluster that it was built on is no more.
    """
    settings.backend.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = settings.state / "passphrase"
    if not passphrase.exists():
        _write(passphrase, secrets.token_urlsafe(32))
    common = {"city": settings.city, "cluster": cluster}
    _configure(settings, settings.stack(), {"kind": "city", **common})
    for district in districts:
        _configure(settings, settings.stack(district), {"kind": "district", "district": district, **common})


def state_file(settings: Settings, stack: str) -> Path:
    """Return where Pulumi keeps a stack's state when it keeps it in the instance's own folder."""
    return settings.backend / ".pulumi" / "stacks" / settings.project / f"{stack}.json"


def remove_configs(settings: Settings) -> None:
    """Remove the stacks' configuration of a sandbox instance that is no more."""
    for path in settings.stack_configs.glob(f"Pulumi.{settings.instance}.*.yaml"):
        path.unlink()


def _configure(settings: Settings, stack: str, values: dict[str, str]) -> None:
    path = settings.stack_configs / f"Pulumi.{stack}.yaml"
    if path.exists() and not (settings.sandbox and _is_of_another(settings, stack, path, values["cluster"])):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"config": {f"{_KEYS}:{name}": value for name, value in values.items()}}
    _write(path, yaml.safe_dump(document, sort_keys=True), mode=0o644)


def _is_of_another(settings: Settings, stack: str, path: Path, cluster: str) -> bool:
    """Say whether the configuration was left by a sandbox of this name that was removed by hand."""
    recorded = (yaml.safe_load(path.read_text("utf-8")) or {}).get("config", {}).get(f"{_KEYS}:cluster")
    other = recorded != cluster
    if other and state_file(settings, stack).exists():
        message = f"{path.relative_to(settings.root)} names the cluster {recorded}, and the sandbox is {cluster}"
        raise EngineError(message, "the sandbox's own files were changed by hand; begin anew: cityfabric reset, cityfabric up")
    return other or not state_file(settings, stack).exists()


def _write(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=mode)
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
