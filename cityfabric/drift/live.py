"""What the cluster has, as plain data."""

import re
from collections.abc import Iterable
from typing import Any, Final

from lightkube import Client
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource, create_api_info

from cityfabric.drift.compare import Ref, reference

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


def read(api: Client, wanted: Iterable[Kind]) -> dict[Ref, dict[str, Any]]:
    """Return every object of these kinds."""
    found: dict[Ref, dict[str, Any]] = {}
    for kind in sorted(wanted):
        scope: dict[str, Any] = {"namespace": "*"} if kind[2] else {}
        for one in api.list(resource(kind), **scope):
            document = dict(one) | {"apiVersion": kind[0], "kind": kind[1], "metadata": one.metadata.to_dict()}
            found[reference(document)] = document
    return found
