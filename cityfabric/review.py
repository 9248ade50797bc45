"""Compares who can do what on the cluster with what the data of the city declares: pure, and every difference is a finding."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from cityfabric.bound import Bound, Live, Rules
from infra.model import labels
from infra.model.city import City
from infra.model.holder import expiry, is_over
from infra.model.offboarding import suspended
from infra.tenancy.bindings import Binding, bindings
from infra.tenancy.roles import CATALOGUE, role_name

# Groups that everybody is in, or every service account: what they can do cluster-wide, whoever is in a tenant can do.
_EVERYBODY: Final = {"group:system:authenticated", "group:system:unauthenticated", "group:system:serviceaccounts"}
_OWN: Final = ("group:system:", "user:system:", "group:cityfabric:", "user:cityfabric:")
_CATALOGUE: Final[dict[str, Rules]] = {
    role_name(role): frozenset((rule.group, each, verb) for rule in spec.rules for each in rule.resources for verb in rule.verbs)
    for role, spec in CATALOGUE.items()
}


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """That a subject has a role somewhere."""

    subject: str
    role: str
    """Name of the ClusterRole, or NAMESPACE/NAME of a Role."""
    district: str
    tenant: str
    environment: str
    namespace: str
    """Empty: in every namespace."""
    until: str
    """When it ends; empty: it stays."""
    binding: str
    """The binding's name."""
    declared: str
    """What stands behind it: `data`, `platform`, `cluster`, or empty: nothing."""
    finding: str = ""
    """What is wrong with it; empty: nothing."""


def review(live: Live, city: City, now: datetime) -> list[Grant]:
    """Return all grants that reach into the city's namespaces, and those that are declared and not there."""
    wanted = {(namespace, each.name): each for namespace, each in _declared(city, now)}
    found = [_in_namespace(live, bound, subject, wanted, now) for bound, subject in _each(live) if bound.namespace]
    found += [
        _cluster_wide(live, bound, subject, city)
        for bound, subject in _each(live)
        if not bound.namespace and _tells(bound, subject)
    ]
    there = {(each.namespace, each.binding, each.subject) for each in found}
    for (namespace, name), binding in wanted.items():
        for subject in binding.subjects:
            if (namespace, name, subject) not in there:
                until = expiry(binding.until) if binding.until else ""
                missing = _grant(live, namespace, subject, role_name(binding.role), until, name)
                found.append(replace(missing, declared="data", finding="declared, and not on the cluster; run: cityfabric up"))
    return sorted(found)


def _each(live: Live) -> Iterator[tuple[Bound, str]]:
    return ((bound, subject) for bound in live.bindings for subject in bound.subjects)


def _declared(city: City, now: datetime) -> Iterator[tuple[str, Binding]]:
    for name, district in city.districts.items():
        for tenant, declared in district.tenants.items():
            closed = suspended(city.offboardings.values(), name, tenant, declared.environments)
            for environment in declared.environments:
                namespace = labels.namespace_name(name, tenant, environment)
                for binding in bindings(
                    declared, district.administrators, namespace, now.date(), suspended=environment in closed
                ):
                    yield namespace, binding


def _in_namespace(live: Live, bound: Bound, subject: str, wanted: dict[tuple[str, str], Binding], now: datetime) -> Grant:
    grant = _grant(live, bound.namespace, subject, bound.role, bound.annotations.get(labels.EXPIRES, ""), bound.name)
    binding = wanted.get((bound.namespace, bound.name))
    if grant.until and is_over(grant.until, now):
        return replace(grant, finding="lapsed, and still there: the steward does not do its work")
    if binding is None or subject not in binding.subjects or bound.role != role_name(binding.role):
        return replace(grant, finding="not declared in the data")
    grant = replace(grant, declared="data")
    if grant.until != (expiry(binding.until) if binding.until else ""):
        return replace(grant, finding=f"the data says until {binding.until or 'further notice'}")
    if binding.until and bound.labels.get(labels.TEMPORARY) != labels.LAPSES:
        return replace(grant, finding=f"will not lapse: the label {labels.TEMPORARY} was taken away")
    if live.roles.get(bound.role) != _CATALOGUE[bound.role]:
        return replace(grant, finding="the role on the cluster is not that of the catalogue")
    return grant


def _tells(bound: Bound, subject: str) -> bool:
    """Say whether a cluster-wide binding is not the system's own: one that Kubernetes makes, to an identity of its own."""
    return bound.labels.get("kubernetes.io/bootstrapping") != "rbac-defaults" or not subject.startswith(_OWN)


def _cluster_wide(live: Live, bound: Bound, subject: str, city: City) -> Grant:
    """Judge a right that reaches into every namespace: the cluster's own programs have such, and the platform team."""
    grant = _grant(live, "", subject, bound.role, "", bound.name)
    kind, name = subject.split(":", 1)
    namespace = name.split("/")[0] if kind == "serviceaccount" else name.removeprefix("system:serviceaccounts:")
    part = live.namespaces.get(namespace, {}).get(labels.PART)
    if subject in _EVERYBODY or part == labels.PART_TENANT:
        return replace(grant, finding="reaches into every tenant, and whoever is in one has it")
    if part == labels.PART_PLATFORM:
        return replace(grant, declared="platform")
    if subject in city.city.administrators:
        return replace(grant, declared="data")
    if kind == "serviceaccount" or subject.startswith(_OWN):
        return replace(grant, declared="cluster")
    return replace(grant, finding="reaches into every tenant, and is not declared under `administrators` in city.yaml")


def _grant(live: Live, namespace: str, subject: str, role: str, until: str, binding: str) -> Grant:
    marks = live.namespaces.get(namespace, {})
    district, tenant, environment = (marks.get(key, "") for key in (labels.DISTRICT, labels.TENANT, labels.ENVIRONMENT))
    return Grant(subject, role, district, tenant, environment, namespace, until, binding, declared="")
