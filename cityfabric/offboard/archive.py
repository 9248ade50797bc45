"""What a tenant that leaves is given: all its objects and volumes, as a bag (RFC 8493) that `sha256sum --check` can verify."""

import hashlib
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import bagit  # type: ignore[import-untyped]
import yaml

from cityfabric.errors import UserError
from cityfabric.offboard import volumes
from cityfabric.offboard.kubectl import Kubectl
from infra.model.offboarding import Exported, Offboarding

# What Kubernetes makes of other objects, or of what happens, by resource.
_MADE: Final = {"bindings", "endpoints", "events", "leases", "endpointslices", "podmetrics"}
_TAGS: Final = "tagmanifest-sha256.txt"


def make(
    kubectl: Kubectl, folder: Path, leaver: Offboarding, namespaces: Mapping[str, str], registry: str, today: date
) -> Exported:
    """Save everything in some namespaces.

    Args:
        kubectl: The cluster.
        folder: Where the archive `folder` / NAME is to be; one that is there is replaced as a whole.
        leaver: The offboarding.
        namespaces: The namespaces with their UIDs.
        registry: Host name of the city's image registry.
        today: The day that it is.

    Returns:
        What is to be written into the data.

    Raises:
        EngineError: Something could not be saved; then there is no archive.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh, whole = folder / f".{leaver.name}.part", folder / leaver.name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    for namespace in namespaces:
        found = _objects(kubectl, namespace)
        _write(fresh / "objects" / namespace, found)
        volumes.save(kubectl, fresh / "volumes" / namespace, namespace, found, registry)
    info = {
        "Source-Organization": leaver.tenant,
        "External-Identifier": leaver.name,
        "External-Description": leaver.reason,
        "Bagging-Date": today.isoformat(),
        "Internal-Sender-Description": f"kept until {leaver.retention.until}: {leaver.retention.basis}",
    }
    bag = bagit.make_bag(str(fresh), info, checksums=["sha256"])
    shutil.rmtree(whole, ignore_errors=True)
    fresh.rename(whole)
    size, files = (int(part) for part in bag.info["Payload-Oxum"].split("."))
    return Exported(day=today, manifest=_digest(whole), files=files, size=size, namespaces=dict(namespaces))


def verify(folder: Path, leaver: Offboarding, exported: Exported) -> None:
    """Refuse an archive that is not, byte by byte, what was exported.

    Raises:
        UserError: It is not, or it is gone.
    """
    whole = folder / leaver.name
    mend = f"bring the archive back to {whole}: nothing is erased without it"
    if not whole.is_dir():
        raise UserError(f"the archive of {leaver.name} is not there", mend)
    try:
        bagit.Bag(str(whole)).validate()
        found = _digest(whole)
    except (bagit.BagError, OSError) as error:
        raise UserError(f"the archive of {leaver.name} is damaged: {error}", mend) from error
    if found != exported.manifest:
        raise UserError(f"the archive of {leaver.name} is not the one that was exported: {_TAGS} is {found}", mend)


def _digest(whole: Path) -> str:
    return hashlib.sha256((whole / _TAGS).read_bytes()).hexdigest()


def _objects(kubectl: Kubectl, namespace: str) -> list[dict[str, Any]]:
    """Return every object of a namespace that no other one made, of whatever kind."""
    resources = kubectl.said("api-resources", "--namespaced", "--verbs=list", "--output=name").split()
    wanted = ",".join(each for each in resources if each.split(".")[0] not in _MADE)
    found = kubectl.listed("get", wanted, f"--namespace={namespace}")
    return [each for each in found if not each["metadata"].get("ownerReferences")]


def _write(folder: Path, found: list[dict[str, Any]]) -> None:
    for each in found:
        each["metadata"].pop("managedFields", None)
        group = each["apiVersion"].rpartition("/")[0]
        kind = folder / f"{each['kind']}.{group}".rstrip(".")
        kind.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(each, allow_unicode=True, sort_keys=False)
        (kind / f"{quote(each['metadata']['name'], safe='')}.yaml").write_text(text, "utf-8")
