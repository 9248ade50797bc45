"""The metadata that every object of a city carries: explicit names, the labels of infra.model.labels, and how it is applied."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pulumi

from infra.model import labels

if TYPE_CHECKING:
    from pulumi_kubernetes.meta.v1 import ObjectMetaArgsDict

# One owner of all fields under a fixed name: an object left behind by a crash is taken over instead of refused, and what somebody
# changed by hand is put back by the next `pulumi up --refresh`.
APPLIED: Final[Mapping[str, str]] = {
    "pulumi.com/patchFieldManager": labels.MANAGER,
    "pulumi.com/patchForce": "true",
}

# The engine would wait for pods behind a Service; those of a shared service come when its authority deploys them.
UNAWAITED: Final[Mapping[str, str]] = {"pulumi.com/skipAwait": "true"}

# Kubernetes' own labels: pods that break the profile `restricted` are refused, audited and warned of.
POD_SECURITY: Final[Mapping[str, str]] = {
    f"pod-security.kubernetes.io/{key}": value
    for mode in ("enforce", "audit", "warn")
    for key, value in ((mode, "restricted"), (f"{mode}-version", "latest"))
}


def metadata(
    name: str,
    *,
    namespace: pulumi.Input[str] | None = None,
    marks: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
) -> "ObjectMetaArgsDict":
    """Return the metadata of an object: `marks` become labels, `notes` annotations."""
    result: dict[str, Any] = {
        "name": name,
        "labels": {labels.MANAGED_BY: labels.MANAGER, **(marks or {})},
        "annotations": {**APPLIED, **(notes or {})},
    }
    if namespace is not None:
        result["namespace"] = namespace
    return result
