"""The network policies open what the matrix says, on both sides alike, and nothing else."""

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.model import labels
from infra.model.organisation import Service
from infra.model.zone import Egress, EgressRule, Port, Zones
from infra.network.policies import Addresses, Opening, Pods, Policy, tenant_policies, zone_matrix, zone_policies

Labels = Mapping[str, str]
TITLE = {"zh": "域", "en": "Zone"}


def tenant_namespace(zone: str) -> Labels:
    return {labels.PART: "tenant", labels.ZONE: zone}


def platform_namespace(zone: str) -> Labels:
    return {labels.PART: "zone", labels.ZONE: zone}


def holds(selector: Labels, marks: Labels) -> bool:
    return selector.items() <= marks.items()


def opens(openings: tuple[Opening, ...] | None, namespace: Labels, pod: Labels, port: Port) -> bool:
    """Tell, as Kubernetes would, whether a peer in another namespace may talk through one of the openings."""
    return any(
        isinstance(each.peer, Pods)
        and bool(each.peer.namespaces)
        and holds(each.peer.namespaces, namespace)
        and holds(each.peer.pods, pod)
        and (not each.ports or port in each.ports)
        for each in openings or ()
    )


def out(policies: tuple[Policy, ...], own: Labels, namespace: Labels, pod: Labels, port: Port) -> bool:
    return any(opens(each.egress, namespace, pod, port) for each in policies if holds(each.pods, own))


def into(policies: tuple[Policy, ...], own: Labels, namespace: Labels, pod: Labels, port: Port) -> bool:
    return any(opens(each.ingress, namespace, pod, port) for each in policies if holds(each.pods, own))


@st.composite
def splits(draw: st.DrawFn) -> Zones:
    names = ["a", "b", "c"][: draw(st.integers(1, 3))]
    gateways = {name: {"title": TITLE, "zone": draw(st.sampled_from(names))} for name in ("g", "h")}
    ports = st.lists(
        st.fixed_dictionaries({"protocol": st.sampled_from(["TCP", "UDP"]), "port": st.integers(1, 4)}),
        max_size=3,
        unique_by=lambda each: (each["protocol"], each["port"]),
    )
    cell = st.sampled_from(["deny", "allow", "via g", "via h"])
    return Zones.model_validate(
        {
            "zones": {
                name: {"title": TITLE, "protection_level": 3, "egress": ["closed"], "accepts": draw(ports)} for name in names
            },
            "gateways": gateways,
            "matrix": {source: {target: draw(cell) for target in names} for source in names},
            "egress": {level: {} for level in ("closed", "trusted", "public")},
        }
    )


def pairs(zones: Zones) -> Iterator[tuple[str, str, Port]]:
    for source in zones.zones:
        for target in zones.zones:
            for number in range(1, 6):
                yield source, target, Port(protocol="TCP", port=number)
                yield source, target, Port(protocol="UDP", port=number)


@given(splits())
def test_both_sides_agree_and_say_what_the_matrix_says(zones: Zones) -> None:
    of = {zone: tenant_policies(zones, zone, Egress.CLOSED, {}) for zone in zones.zones}
    for source, target, port in pairs(zones):
        egress = out(of[source], {}, tenant_namespace(target), {}, port)
        ingress = into(of[target], {}, tenant_namespace(source), {}, port)
        assert egress == ingress
        assert egress == (zones.matrix[source][target] == "allow" and port in zones.zones[target].accepts)


@given(splits())
def test_the_way_through_a_gateway_is_open_from_end_to_end(zones: Zones) -> None:
    tenants = {zone: tenant_policies(zones, zone, Egress.CLOSED, {}) for zone in zones.zones}
    platforms = {zone: zone_policies(zones, zone, {}) for zone in zones.zones}
    for source, target, port in pairs(zones):
        for name, gateway in zones.gateways.items():
            pod = {labels.GATEWAY: name}
            there, here = platform_namespace(gateway.zone), platforms[gateway.zone]
            through = f"via {name}"
            to_gateway = out(tenants[source], {}, there, pod, port)
            from_gateway = into(tenants[target], {}, there, pod, port)
            if zones.matrix[source][target] == through and port in zones.zones[target].accepts:
                assert to_gateway
                assert from_gateway
            # Each side of the gateway agrees with the tenant that it faces.
            assert to_gateway == into(here, pod, tenant_namespace(source), {}, port)
            assert from_gateway == out(here, pod, tenant_namespace(target), {}, port)


@given(splits())
def test_no_opening_is_without_ports(zones: Zones) -> None:
    for zone in zones.zones:
        policy = zone_matrix(zones, zone)
        assert all(each.ports for each in (*(policy.ingress or ()), *(policy.egress or ())))


def matrix_of(zones: Zones, zone: str) -> Policy:
    return next(each for each in tenant_policies(zones, zone, Egress.CLOSED, {}) if each.name == "zone-matrix")


def test_deny_opens_nothing(zones: Zones) -> None:
    http = Port(protocol="TCP", port=443)
    assert not opens(matrix_of(zones, "internet").ingress, tenant_namespace("internet"), {}, http)
    assert not opens(matrix_of(zones, "internet").egress, tenant_namespace("data"), {}, Port(protocol="TCP", port=5432))


def test_allow_opens_the_ports_that_the_target_accepts(zones: Zones) -> None:
    assert Opening(Pods(tenant_namespace("internet")), zones.zones["internet"].accepts) in matrix_of(zones, "extranet").egress
    assert Opening(Pods(tenant_namespace("extranet")), zones.zones["internet"].accepts) in matrix_of(zones, "internet").ingress


def test_allow_on_the_diagonal_opens_other_tenants_of_the_zone(zones: Zones) -> None:
    own = Opening(Pods(tenant_namespace("extranet")), zones.zones["extranet"].accepts)
    policy = matrix_of(zones, "extranet")
    assert own in policy.ingress
    assert own in policy.egress


def test_via_leads_to_the_gateway_in_the_zone_that_holds_it(zones: Zones) -> None:
    guard = Pods(platform_namespace("extranet"), {labels.GATEWAY: "guard"})
    assert Opening(guard, zones.zones["extranet"].accepts) in matrix_of(zones, "data").egress
    assert Opening(guard, zones.zones["data"].accepts) in matrix_of(zones, "data").ingress


def test_a_zone_that_accepts_nothing_is_not_opened(zones: Zones) -> None:
    assert not any("vault" in str(each) for each in matrix_of(zones, "extranet").egress)
    assert matrix_of(zones, "vault").ingress == ()


def test_default_deny_comes_first_and_closes_both_directions(zones: Zones) -> None:
    for zone in zones.zones:
        for policies in (tenant_policies(zones, zone, Egress.CLOSED, {}), zone_policies(zones, zone, {})):
            assert policies[0] == Policy("default-deny", ingress=(), egress=())


def test_closed_egress_knows_no_address(zones: Zones) -> None:
    assert not any(each.name == "egress" for each in tenant_policies(zones, "internet", Egress.CLOSED, {}))


def test_public_egress_leaves_out_what_is_inside(zones: Zones) -> None:
    policy = tenant_policies(zones, "internet", Egress.PUBLIC, {})[-1]
    assert policy == Policy(
        "egress",
        egress=(
            Opening(Addresses("0.0.0.0/0", ("10.0.0.0/8", "192.168.0.0/16"))),
            Opening(Addresses("::/0", ("fc00::/7",))),
        ),
    )


@pytest.mark.parametrize("hole", ["203.0.113.0/24", "203.0.0.0/16"])
def test_a_network_that_is_excepted_as_a_whole_is_not_opened(zones: Zones, hole: str) -> None:
    rule = EgressRule(cidrs=("198.51.100.0/24", "203.0.113.0/24"), except_cidrs=(hole,))
    other = zones.model_copy(update={"egress": {**zones.egress, Egress.TRUSTED: rule}})
    policy = tenant_policies(other, "internet", Egress.TRUSTED, {})[-1]
    assert policy.egress == (Opening(Addresses("198.51.100.0/24")),)


def test_consumed_services_are_open_on_both_sides(zones: Zones, services: dict[str, Service]) -> None:
    port = Port(protocol="TCP", port=8080)
    tenant = tenant_policies(zones, "data", Egress.CLOSED, {"identity": services["identity"]})
    pod = {labels.SERVICE: "identity"}
    assert out(tenant, {}, platform_namespace("extranet"), pod, port)
    consumer = {**tenant_namespace("data"), labels.consumes("identity"): "true"}
    assert into(zone_policies(zones, "extranet", services), pod, consumer, {}, port)
    assert not into(zone_policies(zones, "extranet", services), pod, tenant_namespace("data"), {}, port)
