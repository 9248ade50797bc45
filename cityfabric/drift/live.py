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
_NAMESPACE: Final[Kind] = ("v1", "Namespace", False)
# What opens or closes something in a tenant: one that nobody declared is as much a finding as one that was changed.
GUARDED: Final[tuple[Kind, ...]] = (
    _NAMESPACE,
    ("v1", "LimitRange", True),
    ("v1", "ResourceQuota", True),
    ("networking.k8s.io/v1", "NetworkPolicy", True),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", True),
)

# Of these kinds nothing is read that a department made: only what has the platform's label, and what was declared by name.
PRIVATE: Final = frozenset({"Secret"})
_NOT_FOUND: Final = 404
# A call for one namespace costs about what eight namespaces cost in a call for all.
_FEW: Final = 8


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
    """Return the objects of the kinds of what is wanted, and of those that are looked at in any case.

    Where it is in few of the namespaces, no others are read: a district's run takes no longer in a large city.
    """
    refs = set(wanted)
    found = _listed(api, _NAMESPACE, None)
    spaces = {ref.name for ref in found}
    own = sorted({ref.namespace for ref in refs} & spaces)
    scopes = own if len(own) * _FEW < len(spaces) else ["*"]
    for kind in sorted(kinds(refs) - {_NAMESPACE}):
        for scope in scopes if kind[2] else [None]:
            found |= _listed(api, kind, scope)
    # One of ours that lost its label is still there; one in a namespace that is gone is not.
    for ref in sorted(refs - found.keys()):
        if ref.kind in PRIVATE and ref.namespace in spaces and (unlabelled := one_by_name(api, ref)) is not None:
            found[ref] = unlabelled
    return found


def _listed(api: Client, kind: Kind, namespace: str | None) -> dict[Ref, dict[str, Any]]:
    """Return the objects of a kind in a namespace, `*` for all; None for a kind that lives in none."""
    scope: dict[str, Any] = {"namespace": namespace} if namespace else {}
    if kind[1] in PRIVATE:
        scope["labels"] = {labels.MANAGED_BY: labels.MANAGER}
    documents = (_document(kind, one) for one in api.list(resource(kind), **scope))
    return {reference(document): document for document in documents}


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
