"""The rules as the cluster takes them: a ValidatingAdmissionPolicy and its binding for each, with the very text of the rule.

A pure function from rules to documents; who installs them is another matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from infra.model import labels
from policies import kinds, shared
from policies.record import Match, Rule
from policies.terms import Exempt, Point, Scope

Document = dict[str, Any]
PARAMS: Final = f"{labels.MANAGER}-rules"
"""The ConfigMap that holds the city's values, in the platform's namespace."""
_API: Final = "admissionregistration.k8s.io/v1"
_DENY: Final = ("Deny",)


def name(rule: Rule) -> str:
    """Return the name of a rule's policy and binding."""
    return f"{labels.MANAGER}-rule-{rule.id.lower()}"


def documents(rules: Iterable[Rule], actions: tuple[str, ...] = _DENY) -> Iterator[Document]:
    """Yield policy and binding of each rule that holds at admission."""
    for rule in rules:
        if Point.ADMISSION in rule.points:
            yield _document("ValidatingAdmissionPolicy", rule, _policy(rule))
            yield _document("ValidatingAdmissionPolicyBinding", rule, _binding(rule, actions))


def params(values: Mapping[str, str]) -> Document:
    """Return the ConfigMap of the city's values; a rule that misses its values refuses."""
    metadata = {"name": PARAMS, "namespace": labels.PLATFORM_NAMESPACE, "labels": {labels.MANAGED_BY: labels.MANAGER}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(values)}


def _document(kind: str, rule: Rule, spec: Document) -> Document:
    marks = {labels.MANAGED_BY: labels.MANAGER}
    notes = {labels.TITLE: f"{rule.title.zh} / {rule.title.en}"}
    return {
        "apiVersion": _API,
        "kind": kind,
        "metadata": {"name": name(rule), "labels": marks, "annotations": notes},
        "spec": spec,
    }


def _policy(rule: Rule) -> Document:
    checks = [check for check in rule.checks if not check.points or Point.ADMISSION in check.points]
    variables = shared.needed(check.cel for check in checks)
    spec: Document = {
        "failurePolicy": "Fail",
        "matchConstraints": {"matchPolicy": "Equivalent", "resourceRules": list(_resources(rule.match))},
        "validations": [
            {"expression": check.cel, "message": rule.message(check.message), "reason": "Forbidden"} for check in checks
        ],
    }
    if variables:
        spec["variables"] = [{"name": each, "expression": shared.VARIABLES[each]} for each in variables]
    if conditions := list(_conditions(rule.match)):
        spec["matchConditions"] = conditions
    if rule.params:
        spec["paramKind"] = {"apiVersion": "v1", "kind": "ConfigMap"}
    return spec


def _binding(rule: Rule, actions: tuple[str, ...]) -> Document:
    spec: Document = {"policyName": name(rule), "validationActions": list(actions)}
    if rule.params:
        spec["paramRef"] = {"name": PARAMS, "namespace": labels.PLATFORM_NAMESPACE, "parameterNotFoundAction": "Deny"}
    return spec


def _conditions(match: Match) -> Iterator[Document]:
    if match.scope is Scope.DEPARTMENTS:
        yield {"name": "departments", "expression": shared.DEPARTMENTS}
    for each in Exempt:
        if each in match.exempt:
            yield {"name": f"not-the-{each}", "expression": shared.PASSES[each]}


def _resources(match: Match) -> Iterator[Document]:
    """Yield what a policy looks at, by API group; a resource does not cover its subresources, so those are named."""
    by_group: dict[str, list[str]] = {}
    for each in kinds.expanded(match.kinds):
        by_group.setdefault(kinds.split(each)[0], []).append(kinds.KINDS[each][1])
    owners = {resource: group for each, (_, resource) in kinds.KINDS.items() for group in (kinds.split(each)[0],)}
    for each in match.subresources:
        by_group.setdefault(owners[each.split("/", 1)[0]], []).append(each)
    for group, resources in by_group.items():
        yield _resource_rule(match, (group,), resources)
    if match.groups:
        yield _resource_rule(match, match.groups, ("*",))


def _resource_rule(match: Match, groups: Iterable[str], resources: Iterable[str]) -> Document:
    return {
        "apiGroups": list(groups),
        "apiVersions": ["*"],
        "operations": [each.value for each in match.operations],
        "resources": list(resources),
    }
