"""The guards and the steward as the city's stack declares them, seen by a mock of the engine."""

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from infra.model import labels
from infra.network.platform import Door, platform_policies
from infra.tenancy.guard_rules import STEWARD_USER, guards
from infra.tenancy.guards import Guards, GuardsSpec
from infra.tenancy.platform import PRIORITIES
from infra.tenancy.steward import Steward, StewardSpec
from tests.engine import ROOT, Engine, Outcome

DOORS = (Door(address="10.0.0.1", port=443), Door(address="fd00::1", port=6443))
RULES = guards(0)


def _opts() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", kubeconfig="{}")])


@pytest.fixture
def outcome(engine: Engine) -> Outcome:
    return engine.run(lambda: Guards("tiny", GuardsSpec(city="tiny", highest_priority=7), opts=_opts()))


@pytest.fixture
def steward(engine: Engine) -> Outcome:
    spec = StewardSpec(city="tiny", registry="registry.tiny.example", doors=DOORS)
    return engine.run(lambda: Steward("tiny", spec, priority_class="platform-critical", opts=_opts()))


def test_every_guard_refuses_and_fails_closed(outcome: Outcome) -> None:
    policies = outcome.of("ValidatingAdmissionPolicy")
    assert set(policies) == {f"cityfabric-{name}" for name in RULES}
    for each in policies.values():
        assert each.inputs["spec"]["failurePolicy"] == "Fail"
        for validation in each.inputs["spec"]["validations"]:
            assert ": " in validation["message"], "it is said what to do instead"
            assert "\n" not in validation["message"], "the API server drops a message of several lines"
    bindings = {
        each.inputs["spec"]["policyName"]: each.inputs["spec"] for each in outcome.of("ValidatingAdmissionPolicyBinding").values()
    }
    assert set(bindings) == set(policies)
    for spec in bindings.values():
        assert spec["validationActions"] == ["Deny"]
        assert "matchResources" not in spec, "a binding looks at all that its policy looks at"


def test_what_a_guard_looks_at_is_narrow(outcome: Outcome) -> None:
    for name, guard in RULES.items():
        where = outcome.of("ValidatingAdmissionPolicy")[f"cityfabric-{name}"].inputs["spec"]["matchConstraints"]
        for rule in where["resourceRules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["operations"]]
        narrowed = {"namespaceSelector", "objectSelector"} & set(where)
        assert narrowed or guard.conditions, name
    pods = outcome.of("ValidatingAdmissionPolicy")["cityfabric-tenant-pods"].inputs["spec"]["matchConstraints"]
    assert pods["namespaceSelector"] == {"matchExpressions": [{"key": labels.PART, "operator": "In", "values": ["tenant"]}]}


def test_the_highest_priority_is_that_of_the_tenants_classes(outcome: Outcome) -> None:
    validations = outcome.of("ValidatingAdmissionPolicy")["cityfabric-tenant-pods"].inputs["spec"]["validations"]
    assert "object.spec.priority <= 7" in validations[0]["expression"]
    assert {name for name, each in PRIORITIES.items() if each.for_tenants} == {"tenant-standard", "tenant-batch"}


def test_a_guard_against_others_names_no_group_of_people() -> None:
    for name in ("platform-objects", "platform-accounts", "consumed-services", "namespaces"):
        conditions = RULES[name].conditions
        assert "authorizer" in conditions["not-the-platform"]
        assert "cityfabric:" not in "".join(conditions.values())
    assert not {name for name in ("tenant-pods", "tenant-services", "tenant-secrets") if RULES[name].conditions}


def test_nobody_else_makes_what_looks_like_the_platforms() -> None:
    """The label lets through what the tenants' guards refuse, so another guard keeps everybody else from the label."""
    held = RULES["consumed-services"]
    assert held.objects == {labels.MANAGED_BY: labels.MANAGER}
    assert {"secrets", "services"} <= set(held.resources[""])
    assert set(held.operations) == {"CREATE", "UPDATE", "DELETE"}
    for name in ("tenant-services", "tenant-secrets"):
        opened = [each.expression for each in RULES[name].refusals if labels.MANAGER in each.expression]
        assert opened
        assert all(f"object.metadata.labels['{labels.MANAGED_BY}'] == '{labels.MANAGER}'" in each for each in opened)
        assert labels.PART_TENANT in held.parts


def test_the_steward_may_list_and_delete_bindings_and_nothing_else(steward: Outcome) -> None:
    (role,) = steward.of("ClusterRole").values()
    rbac = "rbac.authorization.k8s.io"
    assert role.inputs["rules"] == [{"apiGroups": [rbac], "resources": ["rolebindings"], "verbs": ["list", "delete"]}]
    (binding,) = steward.of("ClusterRoleBinding").values()
    (subject,) = binding.inputs["subjects"]
    assert f"system:serviceaccount:{subject['namespace']}:{subject['name']}" == STEWARD_USER


def test_the_steward_runs_confined(steward: Outcome) -> None:
    (deployment,) = steward.of("Deployment").values()
    spec = deployment.inputs["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert deployment.inputs["spec"]["replicas"] == 1
    assert container["image"] == "registry.tiny.example/platform/steward:1"
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "ports" not in container
    assert container["resources"]["limits"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["serviceAccountName"] == "steward"
    (namespace,) = steward.of("Namespace").values()
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace.inputs["metadata"]["labels"][labels.PART] == "platform"


def test_the_steward_reaches_the_api_server_alone_and_nobody_reaches_it(steward: Outcome) -> None:
    policies = {name.split("/")[1]: each.inputs["spec"] for name, each in steward.of("NetworkPolicy").items()}
    assert policies == {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "allow-api-server": {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [
                {"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}], "ports": [{"protocol": "TCP", "port": 443}]},
                {"to": [{"ipBlock": {"cidr": "fd00::1/128"}}], "ports": [{"protocol": "TCP", "port": 6443}]},
            ],
        },
    }


def test_without_a_known_door_nothing_is_open() -> None:
    assert all(not policy.egress and not policy.ingress for policy in platform_policies(()))


def test_the_stewards_program_has_the_labels_of_the_model() -> None:
    program = "".join(path.read_text("utf-8") for path in (ROOT / "sandbox/go/images/steward").glob("*.go"))
    assert f'"{labels.EXPIRES}"' in program
    assert f'"{labels.MANAGED_BY}={labels.MANAGER},{labels.TEMPORARY}={labels.LAPSES}"' in program
