"""The steward: a small program in the cluster that takes away what was given until a day, when the day is over.

RBAC knows no expiry and admission no clock, so something has to run. It runs in the cluster and needs no pipeline: its only right
is to list and delete bindings, a guard narrows that to those that are to lapse, and it talks to nobody but the API server.
"""

from typing import Any, Final

import pulumi
from pulumi_kubernetes.apps.v1 import Deployment
from pulumi_kubernetes.core.v1 import Namespace, ServiceAccount
from pulumi_kubernetes.networking.v1 import NetworkPolicy
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding

from infra.metadata import POD_SECURITY, metadata
from infra.model import labels
from infra.model.base import Model, Name, Title
from infra.network.platform import Door, platform_policies
from infra.network.policies import render
from infra.tenancy.bindings import RBAC

IMAGE: Final = "platform/steward:1"
"""Its image in the city's registry."""
_TITLE: Final = Title(zh="授权到期执行", en="Steward: deletes bindings that have lapsed")
_NOBODY: Final = 65534
_FULL: Final = f"{labels.MANAGER}-{labels.STEWARD}"
# A cluster that cannot pull the image is told soon, not after the engine's ten minutes.
_PATIENCE: Final = pulumi.CustomTimeouts(create="3m", update="3m")


class StewardSpec(Model):
    """What the steward is made from."""

    city: Name
    """The city."""
    registry: str
    """Host name of the city's image registry."""
    doors: tuple[Door, ...]
    """Where the API server answers."""


class Steward(pulumi.ComponentResource):
    """The steward, in the platform's own namespace."""

    TYPE = "cityfabric:tenancy:Steward"

    namespace: pulumi.Output[str]
    """Name of the platform's namespace, known once it exists."""

    def __init__(
        self, name: str, spec: StewardSpec, *, priority_class: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(self.TYPE, name, None, opts)
        marks = {labels.CITY: spec.city, labels.PART: labels.PART_PLATFORM, **POD_SECURITY}
        notes = {labels.TITLE: "平台自有程序 / The platform's own programs"}
        full = labels.PLATFORM_NAMESPACE
        made = Namespace(full, metadata=metadata(full, marks=marks, notes=notes), opts=pulumi.ResourceOptions(parent=self))
        self.namespace = made.metadata.name
        child = pulumi.ResourceOptions(parent=self, deleted_with=made)
        for policy in platform_policies(spec.doors):
            NetworkPolicy(
                f"{full}/{policy.name}",
                metadata=metadata(policy.name, namespace=self.namespace),
                spec=render(policy),
                opts=child,
            )
        self._account(full, spec, child)
        Deployment(
            f"{full}/{labels.STEWARD}",
            metadata=metadata(labels.STEWARD, namespace=self.namespace, notes={labels.TITLE: f"{_TITLE.zh} / {_TITLE.en}"}),
            spec=_deployment(spec, priority_class),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(custom_timeouts=_PATIENCE)),
        )
        self.register_outputs({"namespace": self.namespace})

    def _account(self, full: str, spec: StewardSpec, child: pulumi.ResourceOptions) -> None:
        """Make the service account, and give it its only right."""
        account = ServiceAccount(
            f"{full}/{labels.STEWARD}",
            metadata=metadata(labels.STEWARD, namespace=self.namespace),
            automount_service_account_token=False,
            opts=child,
        )
        marks, everywhere = {labels.CITY: spec.city}, pulumi.ResourceOptions(parent=self)
        role = ClusterRole(
            _FULL,
            metadata=metadata(_FULL, marks=marks),
            rules=[{"api_groups": [RBAC], "resources": ["rolebindings"], "verbs": ["list", "delete"]}],
            opts=everywhere,
        )
        ClusterRoleBinding(
            _FULL,
            metadata=metadata(_FULL, marks=marks),
            role_ref={"api_group": RBAC, "kind": "ClusterRole", "name": role.metadata.name},
            subjects=[{"kind": "ServiceAccount", "name": account.metadata.name, "namespace": self.namespace}],
            opts=everywhere,
        )


def _deployment(spec: StewardSpec, priority_class: pulumi.Input[str]) -> Any:  # noqa: ANN401 - one of many shapes of the provider's
    marks = {"app.kubernetes.io/name": labels.STEWARD}
    container = {
        "name": labels.STEWARD,
        "image": f"{spec.registry}/{IMAGE}",
        "image_pull_policy": "IfNotPresent",
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"cpu": "200m", "memory": "64Mi"}},
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "service_account_name": labels.STEWARD,
        "automount_service_account_token": True,
        "enable_service_links": False,
        "priority_class_name": priority_class,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": _NOBODY,
            "run_as_group": _NOBODY,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "termination_grace_period_seconds": 5,
        "containers": [container],
    }
    return {
        "replicas": 1,
        "selector": {"match_labels": marks},
        "template": {"metadata": {"labels": {labels.MANAGED_BY: labels.MANAGER, **marks}}, "spec": pod},
    }
