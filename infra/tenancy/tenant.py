"""A tenant: one closed namespace per environment, with a quota, limits, network policies, roles and the services it consumes.

Not done here: workloads, which are the department's. Deleting a namespace deletes what is in it: see infra.stacks.left_out.
"""

from collections.abc import Mapping
from datetime import date

import pulumi
from pulumi_kubernetes.core.v1 import LimitRange, Namespace, ResourceQuota, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import RoleBinding

from infra.metadata import POD_SECURITY, metadata
from infra.model import labels, tenant
from infra.model.base import Model, Name
from infra.model.holder import Holders, expiry
from infra.model.organisation import Service
from infra.model.zone import Zones
from infra.network.policies import DEFAULT_DENY, Policy, render, tenant_policies
from infra.tenancy.bindings import RBAC, Binding, bindings, rbac_subject
from infra.tenancy.consumed import Consumed, consume
from infra.tenancy.limits import hard, limits
from infra.tenancy.roles import DEPLOYER, role_name


class TenantSpec(Model):
    """What a tenant is made from."""

    city: Name
    """The city."""
    district: Name
    """The district that has it."""
    administrators: Holders
    """Who administers the district's tenants."""
    tenant: tenant.Tenant
    """The tenant as declared."""
    zones: Zones
    """The network split."""
    services: dict[Name, Service]
    """The shared platform services of the city; those that it does not consume are passed over."""
    cluster_domain: str
    """DNS domain of the cluster."""
    declared_in: str
    """The file that declares it, from the project's root."""
    today: date
    """The day that it is; roles that were given until an earlier one are given no more."""
    suspended: dict[Name, Name] = {}
    """The environments that are closed, each with the offboarding that closed it."""


class Tenant(pulumi.ComponentResource):
    """A tenant of a district, by its name within the district."""

    TYPE = "cityfabric:tenancy:Tenant"

    namespaces: Mapping[str, pulumi.Output[str]]
    """Names of the namespaces by environment, known once they exist."""

    def __init__(self, name: str, spec: TenantSpec, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.TYPE, name, None, opts)
        self.namespaces = {environment: self._environment(name, environment, spec) for environment in spec.tenant.environments}
        self.register_outputs({"namespaces": self.namespaces})

    def _environment(self, name: str, environment: str, spec: TenantSpec) -> pulumi.Output[str]:
        full = labels.namespace_name(spec.district, name, environment)
        made = Namespace(
            full,
            metadata=metadata(full, marks=_marks(name, environment, spec), notes=_notes(spec)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        namespace: pulumi.Output[str] = made.metadata.name
        # Deleting the namespace deletes what is in it; nothing in it needs a call of its own.
        child = pulumi.ResourceOptions(parent=self, deleted_with=made)
        suspended = environment in spec.suspended
        _amounts(full, namespace, spec.tenant.environments[environment], child, suspended=suspended)
        for policy in (DEFAULT_DENY,) if suspended else _policies(spec):
            NetworkPolicy(
                f"{full}/{policy.name}",
                metadata=metadata(policy.name, namespace=namespace),
                spec=render(policy),
                opts=child,
            )
        ServiceAccount(
            f"{full}/{DEPLOYER}",
            metadata=metadata(DEPLOYER, namespace=namespace),
            automount_service_account_token=False,
            opts=child,
        )
        for binding in bindings(spec.tenant, spec.administrators, full, spec.today, suspended=suspended):
            _bind(full, namespace, binding, child)
        for each in () if suspended else _consumed(spec):
            consume(full, namespace, each, child)
        return namespace


def _policies(spec: TenantSpec) -> tuple[Policy, ...]:
    consumed = {each.name: each.service for each in _consumed(spec)}
    return tenant_policies(spec.zones, spec.tenant.zone, spec.tenant.egress, consumed)


def _consumed(spec: TenantSpec) -> list[Consumed]:
    return [
        Consumed(name=service, service=spec.services[service], city=spec.city, cluster_domain=spec.cluster_domain)
        for service in dict.fromkeys(spec.tenant.consumes)
    ]


def _marks(name: str, environment: str, spec: TenantSpec) -> dict[str, str]:
    return {
        labels.CITY: spec.city,
        labels.DISTRICT: spec.district,
        labels.TENANT: name,
        labels.ENVIRONMENT: environment,
        labels.PART: labels.PART_TENANT,
        labels.ZONE: spec.tenant.zone,
        labels.EGRESS: spec.tenant.egress.value,
        labels.OWNER: spec.tenant.owner,
        labels.COST_CODE: spec.tenant.cost_code,
        labels.PROTECTION_LEVEL: str(spec.tenant.protection_level),
        **_state(environment, spec),
        **POD_SECURITY,
    }


def _state(environment: str, spec: TenantSpec) -> dict[str, str]:
    if environment in spec.suspended:
        return {labels.OFFBOARDING: spec.suspended[environment]}
    return {labels.consumes(service): labels.CONSUMES for service in spec.tenant.consumes}


def _notes(spec: TenantSpec) -> dict[str, str]:
    title, contact, template = spec.tenant.title, spec.tenant.contact, spec.tenant.template
    return {
        labels.TITLE: f"{title.zh} / {title.en}",
        labels.CONTACT: f"{contact.email} {contact.phone}" if contact.phone else contact.email,
        labels.DECLARED_IN: spec.declared_in,
        **({labels.TEMPLATE: f"{template.name} {template.version}"} if template else {}),
    }


def _amounts(
    full: str, namespace: pulumi.Output[str], environment: tenant.Environment, child: pulumi.ResourceOptions, *, suspended: bool
) -> None:
    ResourceQuota(
        f"{full}/quota",
        metadata=metadata("quota", namespace=namespace),
        spec={"hard": hard(environment.quota, suspended=suspended)},
        opts=child,
    )
    LimitRange(
        f"{full}/limits",
        metadata=metadata("limits", namespace=namespace),
        spec={"limits": limits(environment.quota)},
        opts=child,
    )


def _bind(full: str, namespace: pulumi.Output[str], binding: Binding, child: pulumi.ResourceOptions) -> None:
    marks, notes = {}, {}
    if binding.until:
        marks = {labels.TEMPORARY: labels.LAPSES}
        reasons = "; ".join(f"{subject}: {reason}" for subject, reason in binding.reasons.items())
        notes = {labels.EXPIRES: expiry(binding.until), labels.REASON: reasons}
    RoleBinding(
        f"{full}/{binding.name}",
        metadata=metadata(binding.name, namespace=namespace, marks=marks, notes=notes),
        role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": role_name(binding.role)},
        subjects=[rbac_subject(subject) for subject in binding.subjects],
        opts=child,
    )
