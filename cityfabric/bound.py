"""Who is bound to what on the cluster, as it stands there: bindings, roles and the namespaces of a city."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lightkube import Client
from lightkube.models.rbac_v1 import PolicyRule, Subject
from lightkube.resources.core_v1 import Namespace
from lightkube.resources.rbac_authorization_v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding

from infra.model import labels

Rules = frozenset[tuple[str, str, str]]
"""What a role grants, one by one: API group, resource (or a URL) and verb."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A RoleBinding, or in no namespace a ClusterRoleBinding."""

    namespace: str
    name: str
    role: str
    """The ClusterRole's name, or `NAMESPACE/NAME` of a Role."""
    subjects: tuple[str, ...]
    """`group:NAME`, `user:NAME` or `serviceaccount:NAMESPACE/NAME`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Live:
    """What the cluster has."""

    namespaces: Mapping[str, Mapping[str, str]]
    """The city's namespaces with their labels."""
    bindings: tuple[Bound, ...]
    """All of the cluster, those in other namespaces left out."""
    roles: Mapping[str, Rules]
    """What the roles grant, by their names as bindings have them."""


def read(client: Client, city: str) -> Live:
    """Read it from the cluster."""
    namespaces = {
        each.metadata.name: dict(each.metadata.labels or {})
        for each in client.list(Namespace, labels={labels.CITY: city})
        if each.metadata and each.metadata.name
    }
    found = [*_bound(client.list(RoleBinding, namespace="*")), *_bound(client.list(ClusterRoleBinding))]
    roles = {each.metadata.name or "": _rules(each.rules) for each in client.list(ClusterRole) if each.metadata}
    for each in client.list(Role, namespace="*"):
        if each.metadata and each.metadata.namespace in namespaces:
            roles[f"{each.metadata.namespace}/{each.metadata.name}"] = _rules(each.rules)
    return Live(namespaces, tuple(each for each in found if each.namespace in {"", *namespaces}), roles)


def _bound(found: Iterable[RoleBinding] | Iterable[ClusterRoleBinding]) -> Iterator[Bound]:
    for each in found:
        metadata, ref = each.metadata, each.roleRef
        if metadata is None:
            continue
        namespace = metadata.namespace or ""
        yield Bound(
            namespace=namespace,
            name=metadata.name or "",
            role=ref.name if ref.kind == "ClusterRole" else f"{namespace}/{ref.name}",
            subjects=tuple(_subject(subject, namespace) for subject in each.subjects or ()),
            labels=dict(metadata.labels or {}),
            annotations=dict(metadata.annotations or {}),
        )


def _subject(subject: Subject, namespace: str) -> str:
    if subject.kind == "ServiceAccount":
        return f"serviceaccount:{subject.namespace or namespace}/{subject.name}"
    return f"{subject.kind.lower()}:{subject.name}"


def _rules(rules: Iterable[PolicyRule] | None) -> Rules:
    return frozenset(right for rule in rules or () for right in _rights(rule))


def _rights(rule: PolicyRule) -> Iterator[tuple[str, str, str]]:
    narrowed = f" {', '.join(rule.resourceNames)}" if rule.resourceNames else ""
    for verb in rule.verbs:
        for group in rule.apiGroups or ():
            yield from ((group, f"{resource}{narrowed}", verb) for resource in rule.resources or ())
        yield from (("", url, verb) for url in rule.nonResourceURLs or ())


def in_words(rules: Rules) -> list[dict[str, Any]]:
    """Return what a role grants, put together: the resources for each set of verbs."""
    verbs: dict[str, list[str]] = {}
    for group, resource, verb in sorted(rules):
        verbs.setdefault(f"{resource}.{group}" if group else resource, []).append(verb)
    together: dict[tuple[str, ...], list[str]] = {}
    for resource, each in verbs.items():
        together.setdefault(tuple(each), []).append(resource)
    return [{"verbs": list(each), "resources": resources} for each, resources in sorted(together.items())]
