"""What the cluster is given is the text of the rules, character by character."""

import yaml

from infra.model import labels
from policies import shared
from policies.admission import PARAMS, documents, name, params
from policies.load import FOLDER
from policies.record import Rule
from policies.terms import Point, Scope
from tests.policies.analyzer import catalogue

RULES: dict[str, Rule] = {key: rule for key, rule in catalogue().rules.items() if Point.ADMISSION in rule.points}
MADE = list(documents(catalogue().rules.values()))
POLICIES = {each["metadata"]["name"]: each["spec"] for each in MADE if each["kind"] == "ValidatingAdmissionPolicy"}
BINDINGS = {each["metadata"]["name"]: each["spec"] for each in MADE if each["kind"] == "ValidatingAdmissionPolicyBinding"}


def test_every_rule_that_holds_at_admission_has_a_policy_and_a_binding_and_no_other() -> None:
    assert set(POLICIES) == set(BINDINGS) == {name(rule) for rule in RULES.values()}
    assert len(POLICIES) > 15


def test_the_text_is_that_of_the_rule_character_by_character() -> None:
    written = list(yaml.safe_load_all(yaml.safe_dump_all(MADE, allow_unicode=True)))
    assert written == MADE
    for rule in RULES.values():
        checks = [check for check in rule.checks if not check.points or Point.ADMISSION in check.points]
        validations = POLICIES[name(rule)]["validations"]
        assert [each["expression"] for each in validations] == [check.cel for check in checks]
        file = yaml.safe_load((FOLDER / f"rules/{rule.id}.yaml").read_text("utf-8"))
        texts = [check["cel"] for check in file["checks"]]
        assert all(each["expression"] in texts for each in validations)


def test_a_policy_fails_closed_and_denies() -> None:
    for rule in RULES.values():
        policy, binding = POLICIES[name(rule)], BINDINGS[name(rule)]
        assert policy["failurePolicy"] == "Fail"
        assert binding["validationActions"] == ["Deny"]
        assert "matchResources" not in binding
        assert "namespaceSelector" not in policy["matchConstraints"], "whoever labels would exempt"
        for validation in policy["validations"]:
            assert validation["message"].startswith(f"{rule.id}: ")
            assert "\n" not in validation["message"], "the API server drops a message of several lines"


def test_a_policy_has_the_variables_that_it_reads_in_their_order() -> None:
    for policy in POLICIES.values():
        known = [each["name"] for each in policy.get("variables", [])]
        assert known == [each for each in shared.VARIABLES if each in known]
        texts = [each["expression"] for each in (*policy["validations"], *policy.get("variables", []))]
        assert set(shared.needed(texts)) == set(known)


def test_who_is_let_through_is_what_the_rule_says() -> None:
    for rule in RULES.values():
        conditions = {each["name"]: each["expression"] for each in POLICIES[name(rule)].get("matchConditions", [])}
        assert ("departments" in conditions) == (rule.match.scope is Scope.DEPARTMENTS)
        assert {key for key in conditions if key != "departments"} == {f"not-the-{each}" for each in rule.match.exempt}


def test_pods_are_looked_at_in_every_kind_that_holds_them_and_in_their_debug_containers() -> None:
    resources = {
        resource
        for rule in POLICIES["cityfabric-rule-mr-04"]["matchConstraints"]["resourceRules"]
        for resource in rule["resources"]
    }
    assert resources == {
        "pods",
        "pods/ephemeralcontainers",
        "podtemplates",
        "replicationcontrollers",
        "deployments",
        "statefulsets",
        "daemonsets",
        "replicasets",
        "jobs",
        "cronjobs",
    }


def test_the_citys_values_are_one_object_and_their_absence_denies() -> None:
    made = params({"registry": "registry.tiny.example"})
    assert (made["metadata"]["namespace"], made["metadata"]["name"]) == (labels.PLATFORM_NAMESPACE, PARAMS)
    ref = BINDINGS["cityfabric-rule-op-01"]["paramRef"]
    assert ref == {"name": PARAMS, "namespace": labels.PLATFORM_NAMESPACE, "parameterNotFoundAction": "Deny"}
    assert POLICIES["cityfabric-rule-op-01"]["paramKind"] == {"apiVersion": "v1", "kind": "ConfigMap"}
