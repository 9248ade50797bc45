"""The guards: what the cluster refuses whatever a role allows, as ValidatingAdmissionPolicies, each bound to all it looks at."""

from typing import Any

import pulumi
from pulumi_kubernetes.admissionregistration.v1 import ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding

from infra.metadata import metadata
from infra.model import labels
from infra.model.base import Model, Name
from infra.tenancy.guard import Guard
from infra.tenancy.guard_rules import guards


class GuardsSpec(Model):
    """What the guards are made from."""

    city: Name
    """The city."""
    highest_priority: int
    """The highest priority that a pod of a tenant may have."""


class Guards(pulumi.ComponentResource):
    """The guards of a city's cluster."""

    TYPE = "cityfabric:tenancy:Guards"

    def __init__(self, name: str, spec: GuardsSpec, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.TYPE, name, None, opts)
        for key, guard in guards(spec.highest_priority).items():
            _declare(f"{labels.MANAGER}-{key}", guard, spec.city, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def _declare(full: str, guard: Guard, city: str, child: pulumi.ResourceOptions) -> None:
    policy = ValidatingAdmissionPolicy(
        full,
        metadata=metadata(full, marks={labels.CITY: city}, notes={labels.TITLE: f"{guard.title.zh} / {guard.title.en}"}),
        spec=_rendered(guard),
        opts=child,
    )
    ValidatingAdmissionPolicyBinding(
        full,
        metadata=metadata(full, marks={labels.CITY: city}),
        spec={"policy_name": policy.metadata.name, "validation_actions": ["Deny"]},
        opts=child,
    )


def _rendered(guard: Guard) -> Any:  # noqa: ANN401 - one of many shapes of the provider's
    rules = [
        {"api_groups": [group], "api_versions": ["v1"], "operations": list(guard.operations), "resources": list(resources)}
        for group, resources in guard.resources.items()
    ]
    where: dict[str, Any] = {"resource_rules": rules}
    if guard.parts:
        where["namespace_selector"] = {"match_expressions": [{"key": labels.PART, "operator": "In", "values": list(guard.parts)}]}
    if guard.objects:
        where["object_selector"] = {"match_labels": guard.objects}
    result: dict[str, Any] = {"failure_policy": "Fail", "match_constraints": where}
    if guard.conditions:
        result["match_conditions"] = [{"name": key, "expression": text} for key, text in guard.conditions.items()]
    result["validations"] = [
        {"expression": each.expression, "message": each.message, "reason": "Forbidden"} for each in guard.refusals
    ]
    return result
