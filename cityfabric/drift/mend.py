"""Puts objects back as they were declared.

By server-side apply under the engine's own field manager, as the engine itself does: a plain update would leave the platform
owning fields a second time, which then stay when the engine wants them gone. What was added beside them is removed after.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from httpx2 import HTTPError
from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.types import PatchType

from cityfabric.drift.compare import Ref, removal
from cityfabric.drift.find import Drift
from cityfabric.drift.live import one_by_name, resource
from infra.model import labels

# Can only be chosen when an object is made: the role that a binding names; the type of a Secret, and that it never changes.
_FIXED: Final = ("roleRef", "type", "immutable")


def mend(api: Client, found: Iterable[Drift]) -> list[tuple[Drift, str]]:
    """Put back all that can be, namespaces first.

    Returns:
        What could not be put back, each with the reason.
    """
    failed = []
    for drift in sorted(found, key=lambda one: (one.ref.kind != "Namespace", one.ref)):
        if not drift.mendable or drift.declared is None:
            continue
        try:
            _put(api, drift.ref, drift.declared)
        except (ApiError, HTTPError) as error:
            failed.append((drift, str(error)))
    return failed


def _put(api: Client, ref: Ref, declared: Mapping[str, Any]) -> None:
    kind = resource((ref.api_version, ref.kind, bool(ref.namespace)))
    scope: dict[str, Any] = {"namespace": ref.namespace} if ref.namespace else {}
    live = one_by_name(api, ref)
    if live is not None and _is_made_anew(live, declared):
        api.delete(kind, ref.name, **scope)
    applied = api.apply(kind.from_dict(dict(declared)), field_manager=labels.MANAGER, force=True)
    if beside := removal(declared, _plain(applied)):
        api.patch(kind, ref.name, beside, patch_type=PatchType.MERGE, field_manager=labels.MANAGER, **scope)


def _is_made_anew(live: Mapping[str, Any], declared: Mapping[str, Any]) -> bool:
    # An apply would add ours to the ports that somebody put there, and not take theirs away.
    ports = [(each.get("spec") or {}).get("ports") for each in (live, declared)]
    return ports[0] != ports[1] or any(live.get(field) != declared.get(field) for field in _FIXED)


def _plain(found: Any) -> dict[str, Any]:  # noqa: ANN401 - a generic resource
    return dict(found) | {"metadata": found.metadata.to_dict()}
