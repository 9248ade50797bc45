"""The last step of a tenant that leaves: its namespaces are deleted, that they are gone is seen, and a certificate says so."""

import hashlib
import json
import shutil
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from lightkube import Client
from lightkube.resources.core_v1 import Namespace, PersistentVolume

from cityfabric.errors import EngineError, UserError
from infra.model.offboarding import Erased, Exported, Offboarding

_PATIENCE: Final = 30  # seconds until a volume whose claim is gone is gone too
_PAUSE: Final = 1.0


def require_same(api: Client, exported: Exported) -> None:
    """Refuse namespaces that are not those that were exported; those that are gone already are none.

    Raises:
        UserError: A namespace was made anew since.
    """
    live = uids(api)
    for name, uid in exported.namespaces.items():
        if live.get(name, uid) != uid:
            message = f"the namespace {name} was made anew after the export: its UID is {live[name]}, exported was {uid}"
            raise UserError(message, "export again; what is in it now was never saved")


def require_gone(api: Client, exported: Exported) -> None:
    """Refuse to call a tenant erased of which anything is left after a while.

    Raises:
        EngineError: A namespace or a volume is still there.
    """
    until = time.monotonic() + _PATIENCE
    while (left := _left(api, exported)) and time.monotonic() < until:
        time.sleep(_PAUSE)
    if left:
        mend = "wipe such volumes where they are, delete them (kubectl delete persistentvolume NAME), and run the command again"
        raise EngineError(f"not erased yet: {'; '.join(left)}", mend)


def _left(api: Client, exported: Exported) -> list[str]:
    live = uids(api)
    left = [f"the namespace {name}" for name in exported.namespaces if name in live]
    for volume in api.list(PersistentVolume):
        claim = volume.spec and volume.spec.claimRef
        if claim and claim.namespace in exported.namespaces and volume.metadata:
            left.append(f"the volume {volume.metadata.name} of {claim.namespace}/{claim.name}, which its reclaim policy keeps")
    return left


def certify(folder: Path, leaver: Offboarding, cluster: str, today: date) -> tuple[Path, Erased]:
    """Write the certificate, remove the archive, and return what is to be written into the data."""
    file = certificate_of(folder, leaver)
    if not file.exists():
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(_certificate(leaver, cluster), indent=1, ensure_ascii=False) + "\n", "utf-8")
        fresh.replace(file)
    shutil.rmtree(folder / leaver.name, ignore_errors=True)
    return file, Erased(day=today, certificate=hashlib.sha256(file.read_bytes()).hexdigest())


def certificate_of(folder: Path, leaver: Offboarding) -> Path:
    """Return where the certificate of an offboarding is."""
    return folder / f"{leaver.name}.certificate.json"


def _certificate(leaver: Offboarding, cluster: str) -> dict[str, Any]:
    return {
        "certificate": "销毁证明 Certificate of erasure",
        "issued": datetime.now(UTC).isoformat(timespec="seconds"),
        "cluster": cluster,
        "offboarding": leaver.model_dump(mode="json", exclude_none=True),
        "erased": [
            "every namespace named under exported, and all objects in it: seen to be gone",
            "every volume that was claimed in one of them: seen to be gone",
            f"the archive {leaver.name} with the manifest named under exported: removed from where the platform kept it",
        ],
        "not covered": "copies that were handed over to the department, and backups of the cluster's own store",
    }


def uids(api: Client) -> dict[str, str]:
    """Return the UIDs of all namespaces, by name."""
    found = [each.metadata for each in api.list(Namespace) if each.metadata]
    return {each.name or "": each.uid or "" for each in found}
