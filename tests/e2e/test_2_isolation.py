"""Isolation by real packets: every pair of zones, both ways, between strangers; environments, egress, services, host and DNS.

What should be open comes from tests/oracle.py, which reads the matrix by itself. What was seen is kept in docs/evidence, from
which the page docs/reference/isolation.md is made: CITYFABRIC_RECORD=1 writes it anew.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.model import labels
from tests.analyser import connections
from tests.oracle import UNHEARD, Oracle, Place, grid
from tests.streets import Streets, Tally, Way, World, evidence
from tests.town import BIN, ROOT, Town, good

pytestmark = pytest.mark.e2e

EVIDENCE = ROOT / "docs" / "evidence" / "isolation.json"
OUTSIDE = {"trusted": "198.51.100.7", "public": "203.0.113.7", "inside": "172.16.5.7"}
WORLD_PORT = 8443
ORACLE = Oracle.of(ROOT / "stacks" / "tiny")


def with_grid(root: Path) -> list[Place]:
    """Add the district `grid` to a copy of the tiny city, and return its pods."""
    tenants = dict(grid(ORACLE))
    folder = root / "stacks" / "tiny"
    city = yaml.safe_load((folder / "city.yaml").read_text("utf-8"))
    amount = {"cpu_millicores": 8000, "memory_gib": 20, "storage_gib": 0, "pods": 100}
    city["capacity"] = {unit: value + amount[unit] for unit, value in city["capacity"].items()}
    city["allotments"]["grid"] = amount
    write(folder / "city.yaml", "../schemas/city.schema.json", city)
    district: dict[str, Any] = {
        "name": "grid",
        "title": {"zh": "试验区", "en": "Grid"},
        "level": "district",
        "contact": {"email": "grid@tiny.example"},
        "administrators": ["group:grid-administrators"],
        "tenants": tenants,
    }
    write(folder / "districts" / "grid.yaml", "../../schemas/district.schema.json", district)
    return [
        Place(
            labels.namespace_name("grid", name, environment),
            pod,
            declared["zone"],
            "tenant",
            egress=declared["egress"],
            consumes=frozenset(declared["consumes"]),
        )
        for name, declared in tenants.items()
        for environment in declared["environments"]
        for pod in (("one", "two") if name == "extranet-0" else ("one",))
    ]


def write(file: Path, schema: str, document: dict[str, Any]) -> None:
    file.write_text(f"# yaml-language-server: $schema={schema}\n{yaml.safe_dump(document, allow_unicode=True)}", "utf-8")


def platform_places() -> Iterator[Place]:
    """Give the pods of the platform: gateways, services, and one in each zone that is neither."""
    for name, gateway in ORACLE.split["gateways"].items():
        yield Place(labels.zone_namespace(gateway["zone"]), f"gateway-{name}", gateway["zone"], "gateway", name)
    for name, service in ORACLE.services.items():
        yield Place(labels.zone_namespace(service["zone"]), f"service-{name}", service["zone"], "service", name)
    for zone in ORACLE.split["zones"]:
        yield Place(labels.zone_namespace(zone), "stray", zone, "platform")


@pytest.fixture(scope="module")
def streets(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streets]:
    """Return pods in every corner."""
    root = tmp_path_factory.mktemp("grid")
    shutil.copytree(ROOT / "stacks", root / "stacks")
    shutil.copyfile(ROOT / "Pulumi.yaml", root / "Pulumi.yaml")
    (root / ".venv").symlink_to(BIN.parent)
    places = [*with_grid(root), *platform_places()]
    copy = Town(town.instance, root)
    good(copy.cityfabric("up", "grid"))
    built = Streets(town, places, ORACLE.ports())
    built.build()
    yield built
    built.clear()
    good(copy.pulumi("destroy", "--stack", copy.stack("grid"), "--yes", "--skip-preview"))
    good(copy.pulumi("stack", "rm", copy.stack("grid"), "--yes"))


@pytest.fixture(scope="module")
def world(town: Town) -> Iterator[World]:
    """Return the outside."""
    probe = next(Path(part) / "probe" for part in town.shell()["PATH"].split(":") if (Path(part) / "probe").exists())
    with World(town.instance, probe, OUTSIDE.values(), WORLD_PORT) as found:
        yield found


@dataclass(frozen=True)
class Seen:
    """One connection that was tried."""

    source: str
    target: str
    way: str
    verdict: str
    example: str
    expected: bool


SEEN: list[Seen] = []


def judge(found: list[Seen]) -> None:
    """Keep what was seen for the page, and fail on every connection that is not as it should be."""
    assert found
    SEEN.extend(found)
    wrong = [one for one in found if one.verdict != ("open" if one.expected else "blocked")]
    told = [f"{one.example} {one.way}: {'open' if one.expected else 'blocked'} expected, {one.verdict} seen" for one in wrong]
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n".join(told[:40])


def test_every_zone_has_strangers_and_every_level_somebody(streets: Streets) -> None:
    tenants = [place for place in streets.places if place.role == "tenant"]
    for zone, declared in ORACLE.split["zones"].items():
        assert len({place.namespace for place in tenants if place.zone == zone}) >= 3  # two strangers, and two environments
        assert {place.egress for place in tenants if place.zone == zone} == set(declared["egress"])
    assert {place.name for place in streets.places} >= ORACLE.split["gateways"].keys() | ORACLE.services.keys()


def test_every_pod_to_every_other_on_every_port(streets: Streets) -> None:
    wanted: dict[Place, list[Way]] = {}
    asked: dict[tuple[Place, Way], Place] = {}
    for source in streets.places:
        for target in streets.places:
            if source != target:
                for way in ((protocol, streets.addresses[target], port) for protocol in ("tcp", "udp") for port in streets.ports):
                    wanted.setdefault(source, []).append(way)
                    asked[source, way] = target
    verdicts = streets.scan(wanted)
    judge([between(source, asked[source, way], way, verdict) for (source, way), verdict in verdicts.items()])


def between(source: Place, target: Place, way: Way, verdict: str) -> Seen:
    expected = ORACLE.is_open(source, target, way[0], way[2])
    return Seen(
        whose(source, target), target.kind, f"{way[0]} {way[2]}", verdict, f"{source.spot} -> {target.spot}", expected=expected
    )


def whose(source: Place, target: Place) -> str:
    """Return the kind of a source, as far as it makes a difference for the target."""
    if source.role == target.role == "tenant":
        return f"{source.kind}, same environment" if source.namespace == target.namespace else source.kind
    if source.role == "tenant" and target.role == "service":
        return f"{source.kind}, {'a' if target.name in source.consumes else 'no'} consumer"
    return source.kind


def test_an_independent_analyser_reads_the_same_out_of_the_policies(streets: Streets, tmp_path: Path) -> None:
    objects = streets.town.get("namespaces,pods,networkpolicies", "--all-namespaces")
    found = connections(objects, tmp_path)
    wrong = [
        f"{source.spot} -> {target.spot} {protocol} {port}"
        for source in streets.places
        for target in streets.places
        for protocol in ("tcp", "udp")
        for port in streets.ports
        if source != target
        and ORACLE.is_open(source, target, protocol, port)
        != any(way == protocol and port in ports for way, ports in found.get((source.spot, target.spot), ()))
    ]
    assert not wrong, "\n".join(wrong[:40])
    # Nothing but the ports that were asked for is open either.
    ports = {protocol: {port for port in streets.ports if port != UNHEARD} for protocol in ("tcp", "udp")}
    within = {place.namespace for place in streets.places if place.role == "tenant"}
    wider = [
        (pair, way)
        for pair, ways in found.items()
        for way in ways
        if pair[1].split("/")[0] in within and pair[0].split("/")[0] != pair[1].split("/")[0] and set(way[1]) - ports[way[0]]
    ]
    assert not wider


def test_services_by_name_and_by_address_are_as_open_as_their_pods(streets: Streets) -> None:
    listed = streets.town.get("services", "--all-namespaces", "--selector=probe")
    virtual = {(one["metadata"]["namespace"], one["metadata"]["name"]): one["spec"]["clusterIP"] for one in listed}
    wanted: dict[Place, list[Way]] = {}
    asked: dict[tuple[Place, Way], Place] = {}
    for source in streets.places:
        for target in streets.places:
            address = virtual[target.namespace, target.pod]
            name = f"{target.pod}.{target.namespace}.svc.cluster.local."  # whole, so that no other is tried
            ways: list[Way] = [("tcp", host, port) for host in (address, name) for port in (8443, 5432)]
            for way in [*ways, ("udp", address, 8443)] if source != target else []:
                wanted.setdefault(source, []).append(way)
                asked[source, way] = target
    found = []
    for (source, way), verdict in streets.scan(wanted).items():
        target = asked[source, way]
        kind = "Service, by name" if way[1].endswith(".") else "Service, by address"
        expected = ORACLE.is_open(source, target, way[0], way[2])
        label = f"{way[0]} to {target.kind}"
        found.append(
            Seen(whose(source, target), kind, label, verdict, f"{source.spot} -> {target.spot} {way}", expected=expected)
        )
    judge(found)


def test_egress_levels_reach_what_they_open_and_no_address_inside(streets: Streets, world: World) -> None:
    assert isinstance(world, World)
    ways: list[Way] = [(protocol, address, WORLD_PORT) for protocol in ("tcp", "udp") for address in OUTSIDE.values()]
    found = []
    names = {address: name for name, address in OUTSIDE.items()}
    for (source, way), verdict in streets.scan({place: list(ways) for place in streets.places}).items():
        kind = f"tenant with egress {source.egress}" if source.role == "tenant" else "pods of the platform"
        expected = ORACLE.is_outside_open(source, way[1])
        found.append(
            Seen(kind, f"outside, {names[way[1]]} address", way[0], verdict, f"{source.spot} -> {way}", expected=expected)
        )
    judge(found)


def test_nobody_gets_in_from_outside(streets: Streets, world: World) -> None:
    ways: list[Way] = [
        (protocol, address, port)
        for address in streets.addresses.values()
        for protocol in ("tcp", "udp")
        for port in (8443, 5432)
    ]
    kinds = {address: place.kind for place, address in streets.addresses.items()}
    found = world.dial(ways)
    judge(
        [
            Seen("outside", kinds[way[1]], f"{way[0]} {way[2]}", verdict, str(way), expected=False)
            for way, verdict in found.items()
        ]
    )


def test_node_api_server_and_the_inside_of_dns_are_out_of_reach(streets: Streets, world: World) -> None:
    assert isinstance(world, World)  # it serves on the node too
    node = streets.town.get("nodes")[0]["status"]["addresses"][0]["address"]
    dns = streets.town.get("pods", "--namespace=kube-system", "--selector=k8s-app=kube-dns")[0]["status"]["podIP"]
    doors: dict[Way, str] = {
        ("tcp", node, 6443): "API server, by the node's address",
        ("tcp", "kubernetes.default.svc.cluster.local.", 443): "API server, by name",
        ("tcp", node, 10250): "kubelet",
        ("tcp", node, WORLD_PORT): "a program on the node",
        ("udp", node, WORLD_PORT): "a program on the node",
        ("tcp", dns, 8080): "health of DNS",
        ("tcp", dns, 9153): "metrics of DNS",
    }
    verdicts = streets.scan({place: list(doors) for place in streets.places})
    judge(
        [
            Seen(place.kind, doors[way], way[0], verdict, f"{place.spot} -> {way}", expected=False)
            for (place, way), verdict in verdicts.items()
        ]
    )


def test_names_are_resolved_from_everywhere(streets: Streets) -> None:
    dns = streets.town.get("service", "kube-dns", "--namespace=kube-system")[0]["spec"]["clusterIP"]
    for place in streets.places:
        command = (f"--namespace={place.namespace}", "exec", place.pod, "--", "/probe", "lookup")
        assert good(streets.town.kubectl(*command, "kube-dns.kube-system.svc.cluster.local")).stdout.strip() == dns
    assert streets.town.kubectl(*command, "no-such-name.example").returncode == 1


def test_the_page_shows_what_was_seen() -> None:
    tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for one in SEEN:
        tallies[one.source, one.target].add(one.way, expected=one.expected, observed=one.verdict != "blocked")
    text = evidence(tallies)
    if os.environ.get("CITYFABRIC_RECORD"):
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(text, "utf-8")
    assert EVIDENCE.read_text("utf-8") == text, "write it anew: CITYFABRIC_RECORD=1 pytest tests/e2e/test_2_isolation.py"
