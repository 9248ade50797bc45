"""A first cut of isolation, by real packets between real pods. The whole matrix is proven in another suite."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.model import labels
from tests.town import Town, good, pod

pytestmark = pytest.mark.e2e

# Who stands where: namespace -> (name of the pod, labels, port that it serves).
PODS = {
    "east-education-prod": [("first", {}, 8443), ("second", {}, 8443)],
    "east-education-test": [("first", {}, 8443)],
    "east-civil-affairs-prod": [("first", {}, 8443)],
    "west-education-prod": [("first", {}, 8443)],
    "west-statistics-prod": [("first", {}, 5432)],
    "zone-data": [("gateway", {labels.GATEWAY: "data-access"}, 5432), ("stray", {}, 5432)],
    "zone-extranet": [("service", {labels.SERVICE: "authentication"}, 8443)],
}
# from, to, and whether the packets arrive.
CASES = [
    ("east-education-prod/first", "east-education-prod/second", True),  # one environment
    ("east-education-prod/first", "east-education-test/first", False),  # two environments of one tenant
    ("east-education-prod/first", "east-civil-affairs-prod/first", False),  # two tenants of one zone
    ("east-civil-affairs-prod/first", "east-education-prod/first", False),
    ("west-education-prod/first", "west-statistics-prod/first", False),  # internet to data
    ("west-education-prod/first", "east-education-prod/first", False),  # internet to extranet, past the gateway
    ("east-education-prod/first", "west-statistics-prod/first", False),  # extranet to data, past the gateway
    ("east-education-prod/first", "zone-data/gateway", True),  # extranet to the data gateway
    ("zone-data/gateway", "west-statistics-prod/first", True),  # and on
    ("zone-data/gateway", "east-education-prod/first", False),  # but not back
    ("zone-data/stray", "west-statistics-prod/first", False),  # a pod that is no gateway
    ("east-education-prod/first", "zone-extranet/service", True),  # a consumer
    ("west-education-prod/first", "zone-extranet/service", True),
    ("east-civil-affairs-prod/first", "zone-extranet/service", False),  # no consumer
]


@dataclass(frozen=True)
class Streets:
    """The pods, up and answering."""

    town: Town
    addresses: dict[str, str]

    def run(self, where: str, *command: str) -> tuple[int, str]:
        """Run the probe in a pod."""
        namespace, name = where.split("/")
        answer = self.town.kubectl(f"--namespace={namespace}", "exec", name, "--", "/probe", *command)
        return answer.returncode, answer.stdout.strip()


@pytest.fixture(scope="module")
def streets(town: Town) -> Iterator[Streets]:
    """Return the pods."""
    for namespace, pods in PODS.items():
        for name, marks, port in pods:
            document = pod(name, "serve", str(port), "8080", marks=marks)
            good(town.kubectl(f"--namespace={namespace}", "apply", "-f", "-", document=document))
    addresses = {}
    for namespace, pods in PODS.items():
        good(town.kubectl(f"--namespace={namespace}", "wait", "--for=condition=Ready", "pod", "--all", "--timeout=90s"))
        for name, _, port in pods:
            address = town.get("pod", name, f"--namespace={namespace}")[0]["status"]["podIP"]
            addresses[f"{namespace}/{name}"] = f"{address}:{port}"
    yield Streets(town, addresses)
    for namespace in PODS:
        good(town.kubectl(f"--namespace={namespace}", "delete", "pod", "--all", "--wait=false"))


@pytest.mark.parametrize(("source", "target", "arrives"), CASES)
def test_packets(streets: Streets, source: str, target: str, arrives: bool) -> None:  # noqa: FBT001 - a column of the table
    code, words = streets.run(source, "dial", "tcp", streets.addresses[target])
    assert (code, words.split(":")[0]) == ((0, "open") if arrives else (1, "blocked"))


def test_udp_within_an_environment_and_not_to_another_tenant(streets: Streets) -> None:
    inside, outside = streets.addresses["east-education-prod/second"], streets.addresses["east-civil-affairs-prod/first"]
    assert streets.run("east-education-prod/first", "dial", "udp", inside) == (0, "open")
    assert streets.run("east-education-prod/first", "dial", "udp", outside)[0] == 1


def test_port_that_the_zone_does_not_accept_stays_closed(streets: Streets) -> None:
    address = streets.addresses["west-statistics-prod/first"].rpartition(":")[0]
    assert streets.run("zone-data/gateway", "dial", "tcp", f"{address}:5432") == (0, "open")
    assert streets.run("zone-data/gateway", "dial", "tcp", f"{address}:8080")[0] == 1


@pytest.mark.parametrize("where", ["east-education-prod/first", "west-statistics-prod/first", "zone-extranet/service"])
def test_names_are_resolved(streets: Streets, where: str) -> None:
    address = streets.town.get("service", "kube-dns", "--namespace=kube-system")[0]["spec"]["clusterIP"]
    assert streets.run(where, "lookup", "kube-dns.kube-system.svc.cluster.local") == (0, address)
    assert streets.run(where, "lookup", "no-such-name.example")[0] == 1


def test_api_server_is_out_of_reach(streets: Streets) -> None:
    assert streets.run("east-education-prod/first", "dial", "tcp", "kubernetes.default.svc.cluster.local:443")[0] == 1
