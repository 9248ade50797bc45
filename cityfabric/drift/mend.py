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
from cityfabric.drift.live import resource
from infra.model import labels

_NOT_FOUND: Final = 404


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
    live = _read(api, kind, ref, scope)
    if live is not None and live.get("roleRef") != declared.get("roleRef"):
        api.delete(kind, ref.name, **scope)  # the role that a binding names can only be chosen when it is made
    applied = api.apply(kind.from_dict(dict(declared)), field_manager=labels.MANAGER, force=True)
    if beside := removal(declared, _plain(applied)):
        api.patch(kind, ref.name, beside, patch_type=PatchType.MERGE, field_manager=labels.MANAGER, **scope)


def _read(api: Client, kind: Any, ref: Ref, scope: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - a class
    try:
        return _plain(api.get(kind, ref.name, **scope))
    except ApiError as error:
        if error.status.code == _NOT_FOUND:
            return None
        raise


def _plain(found: Any) -> dict[str, Any]:  # noqa: ANN401 - a generic resource
    return dict(found) | {"metadata": found.metadata.to_dict()}
