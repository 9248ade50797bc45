"""What the components declare, seen by a mock of the engine."""

import base64
import json
from datetime import date

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from pulumi.runtime import rpc

from infra.model import labels
from infra.model import tenant as model
from infra.model.holder import Temporary
from infra.model.organisation import Service
from infra.model.zone import Egress, Zones
from infra.network.platform import Door
from infra.network.zone import SecurityZone, SecurityZoneSpec
from infra.tenancy.consumed import Consumed, entries
from infra.tenancy.limits import bytes_of, cores, hard, limits
from infra.tenancy.platform import CityPlatform, CityPlatformSpec
from infra.tenancy.roles import CATALOGUE
from infra.tenancy.tenant import Tenant, TenantSpec
from tests.engine import Engine, Outcome, Registered

TODAY = date(2026, 11, 23)
TENANT_OBJECTS = 16  # of one environment that consumes one service, at most: the cost of a run grows with them


def _opts() -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", kubeconfig="{}")])


@pytest.fixture
def spec(tenant: model.Tenant, zones: Zones, services: dict[str, Service]) -> TenantSpec:
    return TenantSpec(
        city="tiny",
        district="xihu",
        administrators=("group:xihu-admins",),
        tenant=tenant,
        zones=zones,
        services=services,
        cluster_domain="tiny.local",
        declared_in="stacks/tiny/districts/xihu.yaml",
        today=TODAY,
    )


@pytest.fixture
def outcome(engine: Engine, spec: TenantSpec) -> Outcome:
    return engine.run(lambda: Tenant("portal", spec, opts=_opts()))


def test_tenant_has_a_namespace_per_environment(outcome: Outcome) -> None:
    namespaces = outcome.of("Namespace")
    assert set(namespaces) == {"xihu-portal-prod", "xihu-portal-test"}
    metadata = namespaces["xihu-portal-prod"].inputs["metadata"]
    assert metadata["name"] == "xihu-portal-prod"
    assert metadata["labels"] == {
        labels.MANAGED_BY: "cityfabric",
        labels.CITY: "tiny",
        labels.DISTRICT: "xihu",
        labels.TENANT: "portal",
        labels.ENVIRONMENT: "prod",
        labels.PART: "tenant",
        labels.ZONE: "internet",
        labels.EGRESS: "public",
        labels.OWNER: "statistics",
        labels.COST_CODE: "TJ-2015-001",
        labels.PROTECTION_LEVEL: "2",
        "cityfabric.io/consumes-identity": "true",
        **{f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")},
        **{f"pod-security.kubernetes.io/{mode}-version": "latest" for mode in ("enforce", "audit", "warn")},
    }
    assert metadata["annotations"] == {
        labels.TITLE: "门户 / Portal",
        labels.CONTACT: "duty@statistics.example +86 571 1234",
        labels.DECLARED_IN: "stacks/tiny/districts/xihu.yaml",
        "pulumi.com/patchFieldManager": "cityfabric",
        "pulumi.com/patchForce": "true",
    }


def test_tenant_quota_and_limits(outcome: Outcome) -> None:
    assert outcome.of("ResourceQuota")["xihu-portal-prod/quota"].inputs["spec"]["hard"] == {
        "requests.cpu": "2",
        "limits.cpu": "2",
        "requests.memory": "1Ti",
        "limits.memory": "1Ti",
        "requests.storage": "0",
        "pods": "20",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }
    assert outcome.of("LimitRange")["xihu-portal-test/limits"].inputs["spec"]["limits"] == [
        {
            "type": "Container",
            "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
            "default": {"cpu": "150m", "memory": "256Mi"},
            "max": {"cpu": "150m", "memory": "2Gi"},
        }
    ]


def test_tenant_policies_are_rendered(outcome: Outcome) -> None:
    policies = outcome.of("NetworkPolicy")
    prod = {name.split("/")[1] for name in policies if name.startswith("xihu-portal-prod/")}
    assert prod == {"default-deny", "allow-dns", "allow-environment", "zone-matrix", "egress"}
    assert policies["xihu-portal-prod/default-deny"].inputs["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert policies["xihu-portal-prod/allow-environment"].inputs["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [{"podSelector": {}}]}],
        "egress": [{"to": [{"podSelector": {}}]}],
    }
    assert policies["xihu-portal-prod/egress"].inputs["spec"]["egress"] == [
        {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {labels.PART: "zone", labels.ZONE: "extranet"}},
                    "podSelector": {"matchLabels": {labels.SERVICE: "identity"}},
                }
            ],
            "ports": [{"protocol": "TCP", "port": 8080}],
        },
        {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "192.168.0.0/16"]}}]},
        {"to": [{"ipBlock": {"cidr": "::/0", "except": ["fc00::/7"]}}]},
    ]


def test_tenant_access(outcome: Outcome) -> None:
    bindings = {name: each.inputs for name, each in outcome.of("RoleBinding").items() if "-prod/" in name}
    rbac = "rbac.authorization.k8s.io"
    assert {each["metadata"]["name"]: each["subjects"] for each in bindings.values()} == {
        "cityfabric-developer": [{"apiGroup": rbac, "kind": "Group", "name": "statistics-dev"}],
        "cityfabric-operator": [
            {"apiGroup": rbac, "kind": "Group", "name": "ops"},
            {"apiGroup": rbac, "kind": "User", "name": "li.wei@hz.example"},
        ],
        "cityfabric-auditor": [{"apiGroup": rbac, "kind": "Group", "name": "audit"}],
        "cityfabric-district-administrator": [{"apiGroup": rbac, "kind": "Group", "name": "xihu-admins"}],
        "cityfabric-deployer": [{"kind": "ServiceAccount", "name": "deployer", "namespace": "xihu-portal-prod"}],
    }
    for each in bindings.values():
        assert each["roleRef"] == {"apiGroup": rbac, "kind": "ClusterRole", "name": each["metadata"]["name"]}
    assert outcome.of("ServiceAccount")["xihu-portal-prod/deployer"].inputs["automountServiceAccountToken"] is False


def test_a_role_until_a_day_is_a_binding_of_its_own(engine: Engine, spec: TenantSpec) -> None:
    held = [Temporary(subject=f"user:{who}", until=TODAY, reason=f"{who}'s reason") for who in ("a", "b")]
    held.append(Temporary(subject="user:c", until=date(2026, 11, 22), reason="over"))
    tenant = spec.tenant.model_copy(update={"roles": {model.Role.OPERATOR: ("group:ops", *held)}})
    outcome = engine.run(lambda: Tenant("portal", spec.model_copy(update={"tenant": tenant}), opts=_opts()))
    found = {name.split("/")[1]: each.inputs for name, each in outcome.of("RoleBinding").items() if "-prod/cityfabric-op" in name}
    assert set(found) == {"cityfabric-operator", "cityfabric-operator-until-2026-11-23"}
    assert [each["name"] for each in found["cityfabric-operator"]["subjects"]] == ["ops"]
    assert labels.TEMPORARY not in found["cityfabric-operator"]["metadata"]["labels"]
    lapsing = found["cityfabric-operator-until-2026-11-23"]
    assert [each["name"] for each in lapsing["subjects"]] == ["a", "b"]
    assert lapsing["roleRef"]["name"] == "cityfabric-operator"
    assert lapsing["metadata"]["labels"][labels.TEMPORARY] == "true"
    assert lapsing["metadata"]["annotations"][labels.EXPIRES] == "2026-11-23T23:59:59Z"
    assert lapsing["metadata"]["annotations"][labels.REASON] == "user:a: a's reason; user:b: b's reason"


def test_a_consumed_service_has_a_name_and_a_binding_in_each_environment(outcome: Outcome) -> None:
    services, secrets = outcome.of("Service"), outcome.of("Secret")
    assert set(services) == {"xihu-portal-prod/identity", "xihu-portal-test/identity"}
    assert set(secrets) == {"xihu-portal-prod/cityfabric-identity", "xihu-portal-test/cityfabric-identity"}
    made = services["xihu-portal-prod/identity"].inputs
    assert (made["metadata"]["name"], made["metadata"]["namespace"]) == ("identity", "xihu-portal-prod")
    assert made["spec"] == {
        "type": "ExternalName",
        "externalName": "identity.zone-extranet.svc.tiny.local",
        "ports": [{"port": 8080, "protocol": "TCP", "targetPort": 8080}],
        "sessionAffinity": "None",
    }
    for each in (*services.values(), *secrets.values()):
        assert each.inputs["metadata"]["labels"] == {labels.MANAGED_BY: "cityfabric", labels.SERVICE: "identity"}


def test_a_service_binding_has_the_form_of_the_specification(outcome: Outcome) -> None:
    made = outcome.of("Secret")["xihu-portal-prod/cityfabric-identity"]
    assert made.secrets == {"data"}, "what a Secret says is encrypted in the state"
    assert made.inputs["type"] == "servicebinding.io/oidc"
    assert {key: base64.b64decode(value).decode() for key, value in said(made).items()} == {
        "type": "oidc",
        "provider": "tiny",
        "host": "identity.zone-extranet.svc.tiny.local",
        "port": "8080",
        "uri": "https://identity.zone-extranet.svc.tiny.local:8080",
    }


def said(secret: Registered) -> dict[str, str]:
    data: dict[str, str] = rpc.unwrap_rpc_secret(secret.inputs["data"])
    return data


def test_a_binding_says_only_what_applies(services: dict[str, Service]) -> None:
    told = Consumed(name="population", service=services["population"], city="tiny", cluster_domain="cluster.local")
    assert entries(told) == {
        "type": "postgresql",
        "provider": "police",
        "host": "population.zone-data.svc.cluster.local",
        "port": "5432",
    }


def test_what_is_not_declared_is_not_given(engine: Engine, spec: TenantSpec) -> None:
    alone = spec.model_copy(update={"tenant": spec.tenant.model_copy(update={"consumes": ()})})
    made = engine.run(lambda: Tenant("portal", alone, opts=_opts()))
    assert not made.of("Service")
    assert not made.of("Secret")
    for namespace in made.of("Namespace").values():
        assert not [key for key in namespace.inputs["metadata"]["labels"] if key.startswith(labels.consumes(""))]
    assert "identity" not in json.dumps([policy.inputs["spec"] for policy in made.of("NetworkPolicy").values()])


def test_a_suspended_environment_consumes_nothing(engine: Engine, spec: TenantSpec) -> None:
    leaving = spec.model_copy(update={"suspended": {"test": "held"}})
    made = engine.run(lambda: Tenant("portal", leaving, opts=_opts()))
    assert set(made.of("Service")) == {"xihu-portal-prod/identity"}
    assert set(made.of("Secret")) == {"xihu-portal-prod/cityfabric-identity"}


def test_a_service_that_is_named_twice_is_consumed_once(engine: Engine, spec: TenantSpec) -> None:
    twice = spec.model_copy(update={"tenant": spec.tenant.model_copy(update={"consumes": ("identity", "identity")})})
    assert len(engine.run(lambda: Tenant("portal", twice, opts=_opts())).of("Secret")) == 2  # environments


def test_an_environment_stays_cheap(outcome: Outcome) -> None:
    made = [each for each in outcome.resources if each.name.startswith("xihu-portal-prod")]
    assert len(made) <= TENANT_OBJECTS


def test_what_is_in_a_namespace_goes_with_it(outcome: Outcome) -> None:
    namespace = outcome.of("Namespace")["xihu-portal-prod"]
    inside = [each for each in outcome.resources if each.name.startswith("xihu-portal-prod/")]
    for each in inside:
        assert each.deleted_with == namespace.urn
        assert namespace.urn in each.dependencies
        assert each.inputs["metadata"]["namespace"] == "xihu-portal-prod"


def test_children_have_parent_and_provider_of_their_component(outcome: Outcome) -> None:
    component = outcome.of("Tenant")["portal"]
    provider = outcome.of("kubernetes")["cluster"]
    children = [each for each in outcome.resources if each.type.startswith("kubernetes:")]
    assert children
    for each in children:
        assert each.parent == component.urn
        assert each.provider.startswith(provider.urn)
    assert outcome.component_outputs[component.urn] == {"namespaces": {"prod": "xihu-portal-prod", "test": "xihu-portal-test"}}


def test_a_closed_tenant_gets_no_policy_that_opens_nothing(engine: Engine, spec: TenantSpec) -> None:
    update = {"egress": Egress.CLOSED, "consumes": ()}
    closed = spec.model_copy(update={"tenant": spec.tenant.model_copy(update=update)})
    zones = spec.zones.model_copy(update={"matrix": {a: dict.fromkeys(spec.zones.zones, "deny") for a in spec.zones.zones}})
    made = engine.run(lambda: Tenant("portal", closed.model_copy(update={"zones": zones}), opts=_opts()))
    names = {name.split("/")[1] for name in made.of("NetworkPolicy")}
    assert names == {"default-deny", "allow-dns", "allow-environment"}


def test_no_name_is_left_to_chance(outcome: Outcome) -> None:
    for each in outcome.resources:
        if each.type.startswith("kubernetes:"):
            assert each.inputs["metadata"]["name"]


def test_security_zone(engine: Engine, zones: Zones, services: dict[str, Service]) -> None:
    spec = SecurityZoneSpec(city="tiny", zones=zones, services=services, declared_in="stacks/tiny/zones.yaml")
    outcome = engine.run(lambda: SecurityZone("extranet", spec, opts=_opts()))
    assert outcome.of("Namespace")["zone-extranet"].inputs["metadata"]["labels"][labels.PART] == "zone"
    policies = outcome.of("NetworkPolicy")
    assert {name.split("/")[1] for name in policies} == {"default-deny", "allow-dns", "gateway-guard", "service-identity"}
    assert policies["zone-extranet/service-identity"].inputs["spec"] == {
        "podSelector": {"matchLabels": {labels.SERVICE: "identity"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {
                "from": [
                    {"namespaceSelector": {"matchLabels": {labels.PART: "tenant", "cityfabric.io/consumes-identity": "true"}}}
                ],
                "ports": [{"protocol": "TCP", "port": 8080}],
            }
        ],
    }


def test_a_service_answers_to_its_name_in_its_zone_alone(engine: Engine, zones: Zones, services: dict[str, Service]) -> None:
    spec = SecurityZoneSpec(city="tiny", zones=zones, services=services, declared_in="stacks/tiny/zones.yaml")
    (made,) = engine.run(lambda: SecurityZone("extranet", spec, opts=_opts())).of("Service").values()
    assert (made.inputs["metadata"]["name"], made.inputs["metadata"]["namespace"]) == ("identity", "zone-extranet")
    assert made.inputs["spec"] == {
        "type": "ClusterIP",
        "selector": {labels.SERVICE: "identity"},
        "ports": [{"port": 8080, "protocol": "TCP", "targetPort": 8080}],
        "sessionAffinity": "None",
    }
    assert made.inputs["metadata"]["annotations"]["pulumi.com/skipAwait"] == "true", "its pods come when they come"


def test_city_platform(engine: Engine, zones: Zones, services: dict[str, Service]) -> None:
    spec = CityPlatformSpec(
        city="tiny",
        zones=zones,
        zones_declared_in="stacks/tiny/zones.yaml",
        services=services,
        registry="registry.tiny.example",
        doors=(Door(address="10.0.0.1", port=443), Door(address="fd00::1", port=6443)),
    )
    outcome = engine.run(lambda: CityPlatform("tiny", spec, opts=_opts()))
    assert set(outcome.of("ClusterRole")) == {*(f"cityfabric-{role}" for role in CATALOGUE), "cityfabric-steward"}
    assert {name: each.inputs["value"] for name, each in outcome.of("PriorityClass").items()} == {
        "platform-critical": 1_000_000,
        "tenant-standard": 0,
        "tenant-batch": -1_000,
    }
    platform = outcome.of("CityPlatform")["tiny"]
    assert {each.parent for each in outcome.of("SecurityZone").values()} == {platform.urn}
    assert set(outcome.of("Namespace")) == {*(f"zone-{zone}" for zone in zones.zones), "cityfabric-platform"}
    assert outcome.component_outputs[platform.urn]["zones"]["data"] == "zone-data"


@pytest.mark.parametrize(
    ("milli", "text"), [(0, "0"), (100, "100m"), (1000, "1"), (1500, "1500m"), (20_000, "20"), (1_000_000, "1k")]
)
def test_cores_are_spelled_as_kubernetes_does(milli: int, text: str) -> None:
    assert cores(milli) == text


@pytest.mark.parametrize(("mib", "text"), [(0, "0"), (128, "128Mi"), (1024, "1Gi"), (1536, "1536Mi"), (1024**2, "1Ti")])
def test_bytes_are_spelled_as_kubernetes_does(mib: int, text: str) -> None:
    assert bytes_of(mib) == text


def test_an_environment_without_memory_runs_no_pods(spec: TenantSpec) -> None:
    nothing = spec.tenant.environments["prod"].quota.model_copy(update={"memory_gib": 0})
    assert hard(nothing)["pods"] == "0"
    assert limits(nothing)[0]["max"] == {"cpu": "2", "memory": "0"}
