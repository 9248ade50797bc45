"""What the cluster has, as plain data."""

import re
from collections.abc import Iterable
from typing import Any, Final

from lightkube import Client
from lightkube.core.exceptions import ApiError
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource, create_api_info

from cityfabric.drift.compare import Ref, reference
from infra.model import labels

Kind = tuple[str, str, bool]
"""API version, kind, and whether it lives in namespaces."""
# What opens or closes something in a tenant: one that nobody declared is as much a finding as one that was changed.
GUARDED: Final[tuple[Kind, ...]] = (
    ("v1", "Namespace", False),
    ("v1", "LimitRange", True),
    ("v1", "ResourceQuota", True),
    ("networking.k8s.io/v1", "NetworkPolicy", True),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", True),
)

# Of these kinds nothing is read that a department made: only what has the platform's label, and what was declared by name.
PRIVATE: Final = frozenset({"Secret"})
_NOT_FOUND: Final = 404


def kinds(refs: Iterable[Ref]) -> set[Kind]:
    """Return the kinds of some objects, and those that are looked at in any case."""
    return {(ref.api_version, ref.kind, bool(ref.namespace)) for ref in refs} | set(GUARDED)


def resource(kind: Kind) -> Any:  # noqa: ANN401 - a class made at run time
    """Return the resource of a kind, which keeps every field as the API server sends it."""
    api_version, name, namespaced = kind
    group, _, version = api_version.rpartition("/")
    base = GenericNamespacedResource if namespaced else GenericGlobalResource
    # Not through lightkube's register of kinds: that holds the typed ones, which drop fields that they do not know.
    return type(name, (base,), {"_api_info": create_api_info(group, version, name, plural(name))})


def plural(kind: str) -> str:
    """Return how a kind is called in paths: NetworkPolicy is networkpolicies, StorageClass is storageclasses."""
    lower = kind.lower()
    if re.search(r"[^aeiou]y$", lower):
        return f"{lower[:-1]}ies"
    return f"{lower}es" if lower.endswith(("s", "x")) else f"{lower}s"


def read(api: Client, wanted: Iterable[Ref]) -> dict[Ref, dict[str, Any]]:
    """Return every object of the kinds of what is wanted, and of those that are looked at in any case."""
    refs = set(wanted)
    found: dict[Ref, dict[str, Any]] = {}
    for kind in sorted(kinds(refs)):
        scope: dict[str, Any] = {"namespace": "*"} if kind[2] else {}
        if kind[1] in PRIVATE:
            scope["labels"] = {labels.MANAGED_BY: labels.MANAGER}
        for one in api.list(resource(kind), **scope):
            document = _document(kind, one)
            found[reference(document)] = document
    # One of ours that lost its label is still there; one in a namespace that is gone is not.
    spaces = {ref.name for ref in found if ref.kind == "Namespace"}
    for ref in sorted(refs - found.keys()):
        if ref.kind in PRIVATE and ref.namespace in spaces and (unlabelled := one_by_name(api, ref)) is not None:
            found[ref] = unlabelled
    return found


def one_by_name(api: Client, ref: Ref) -> dict[str, Any] | None:
    """Return an object, or None where there is none."""
    kind = (ref.api_version, ref.kind, bool(ref.namespace))
    try:
        return _document(kind, api.get(resource(kind), ref.name, **({"namespace": ref.namespace} if ref.namespace else {})))
    except ApiError as error:
        if error.status.code == _NOT_FOUND:
            return None
        raise


def _document(kind: Kind, one: Any) -> dict[str, Any]:  # noqa: ANN401 - a generic resource
    return dict(one) | {"apiVersion": kind[0], "kind": kind[1], "metadata": one.metadata.to_dict()}
