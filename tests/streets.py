"""Pods in every corner of a city, an outside world beside the cluster, and connections between all of them."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from infra.model import labels
from sandbox.cluster import network
from sandbox.cluster.instance import open_instance
from tests.oracle import Place
from tests.town import Town, good, pod

Way = tuple[str, str, int]
"""Protocol, host and port."""
_ABREAST = 8


@dataclass
class Streets:
    """The pods, up and answering."""

    town: Town
    places: list[Place]
    ports: list[int]
    addresses: dict[Place, str] = field(default_factory=dict)

    def build(self) -> None:
        """Run a probe in each place that serves all ports, with a Service before each tenant's."""
        by_namespace: dict[str, list[dict[str, object]]] = {}
        for place in self.places:
            document = pod(place.pod, "serve", *map(str, self.ports), marks=_marks(place), cpu="10m", limit="200m")
            by_namespace.setdefault(place.namespace, []).extend([document, _service(place, self.ports)])
        for namespace, documents in by_namespace.items():
            listed = {"apiVersion": "v1", "kind": "List", "items": documents}
            good(self.town.kubectl(f"--namespace={namespace}", "apply", "-f", "-", document=listed))
        for namespace in by_namespace:
            good(self.town.kubectl(f"--namespace={namespace}", "wait", "--for=condition=Ready", "pod", "--all", "--timeout=120s"))
        found = {
            (one["metadata"]["namespace"], one["metadata"]["name"]): one["status"]["podIP"]
            for one in self.town.get("pods", "--all-namespaces")
            if one["status"].get("podIP")
        }
        self.addresses = {place: found[place.namespace, place.pod] for place in self.places}

    def clear(self) -> None:
        """Take the pods and Services away."""
        for namespace in {place.namespace for place in self.places}:
            good(self.town.kubectl(f"--namespace={namespace}", "delete", "pod,service", "--selector=probe", "--wait=false"))

    def scan(self, ways: Mapping[Place, Iterable[Way]]) -> dict[tuple[Place, Way], str]:
        """Dial from each place, and return how far each connection came: open, connected, blocked or unknown."""
        shell = self.town.shell()

        def run(place: Place) -> dict[tuple[Place, Way], str]:
            command = ["kubectl", f"--namespace={place.namespace}", "exec", "--stdin", place.pod, "--", "/probe", "scan"]
            return {(place, way): verdict for way, verdict in dial(command, shell, ways[place]).items()}

        found: dict[tuple[Place, Way], str] = {}
        with ThreadPoolExecutor(_ABREAST) as pool:
            for one in pool.map(run, ways):
                found |= one
        return found


def dial(command: list[str], shell: Mapping[str, str], ways: Iterable[Way]) -> dict[Way, str]:
    """Run a scan by some command, and return each way's verdict."""
    wanted = list(ways)
    lines = "".join(f"{protocol} {host}:{port}\n" for protocol, host, port in wanted)
    answer = subprocess.run(command, env=dict(shell), input=lines, capture_output=True, text=True, check=False, timeout=200)
    assert answer.returncode == 0, f"{command}: {answer.stdout[-500:]} {answer.stderr}"
    verdicts = dict(line.rsplit(" ", 1) for line in answer.stdout.splitlines())
    assert len(verdicts) == len(wanted), f"{command}: {len(wanted)} dials, {len(verdicts)} answers"
    return {way: verdicts[f"{way[0]} {way[1]}:{way[2]}"] for way in wanted}


def _marks(place: Place) -> dict[str, str]:
    own = {"probe": place.pod}
    return own | {"gateway": {labels.GATEWAY: place.name}, "service": {labels.SERVICE: place.name}}.get(place.role, {})


def _service(place: Place, ports: Iterable[int]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": place.pod, "labels": {"probe": place.pod}},
        "spec": {
            "selector": {"probe": place.pod},
            "ports": [
                {"name": f"{protocol}-{port}", "protocol": protocol.upper(), "port": port}
                for port in ports
                for protocol in ("tcp", "udp")
            ],
        },
    }


class World(AbstractContextManager["World"]):
    """A network namespace beside the cluster's, with addresses of the outside and a probe that answers on them."""

    _NODE, _SELF = "192.0.2.1", "192.0.2.2"  # the link between; a range for documentation

    def __init__(self, instance: str, probe: Path, addresses: Iterable[str], port: int) -> None:
        found = open_instance(instance)
        self._inside = network.inside(found)
        self._node_address = found.node_address
        self._name = f"{found.netns}-world"
        self._link = (f"cf{found.slot}in", f"cf{found.slot}out")
        self._probe, self._addresses, self._port = str(probe), list(addresses), port
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Make the namespace, and let the probe serve in it."""
        inner, outer = self._link
        there = ["ip", "netns", "exec", self._name]
        _run("ip", "netns", "add", self._name)
        self._stack.callback(_run, "ip", "netns", "delete", self._name)
        _run(*self._inside, "ip", "link", "add", inner, "type", "veth", "peer", "name", outer, "netns", self._name)
        _run(*self._inside, "ip", "address", "add", f"{self._NODE}/30", "dev", inner)
        _run(*self._inside, "ip", "link", "set", inner, "up")
        for device in ("lo", outer):
            _run(*there, "ip", "link", "set", device, "up")
        _run(*there, "ip", "address", "add", f"{self._SELF}/30", "dev", outer)
        _run(*there, "ip", "route", "add", "default", "via", self._NODE)
        for address in self._addresses:
            _run(*there, "ip", "address", "add", f"{address}/32", "dev", "lo")
            _run(*self._inside, "ip", "route", "add", f"{address}/32", "via", self._SELF)
        # By address: an answer to a datagram has to come from where that was sent to.
        self._serve([*there, self._probe, "serve", *(f"{address}:{self._port}" for address in self._addresses)])
        self._serve([*self._inside, self._probe, "serve", f"{self._node_address}:{self._port}"])
        return self

    def _serve(self, command: list[str]) -> None:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        self._stack.callback(process.wait)
        self._stack.callback(process.stdout.close)
        self._stack.callback(process.kill)
        assert process.stdout.readline().startswith("serving")

    def dial(self, ways: Iterable[Way]) -> dict[Way, str]:
        """Dial from the outside."""
        return dial(["ip", "netns", "exec", self._name, self._probe, "scan"], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, ways)

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._stack.close()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Tally:
    """What was seen between one kind of place and another."""

    expected: set[str] = field(default_factory=set)
    observed: set[str] = field(default_factory=set)
    dials: int = 0

    def add(self, way: str, *, expected: bool, observed: bool) -> None:
        """Take note of one connection: 'tcp 8443', whether it should be open, and whether it was."""
        self.expected |= {way} if expected else set()
        self.observed |= {way} if observed else set()
        self.dials += 1


def evidence(tallies: Mapping[tuple[str, str], Tally]) -> str:
    """Return what was seen as JSON, by kind of source and target."""
    listed = [
        {"from": source, "to": target, "expected": sorted(one.expected), "observed": sorted(one.observed), "dials": one.dials}
        for (source, target), one in sorted(tallies.items())
    ]
    return json.dumps(listed, indent=1, ensure_ascii=False) + "\n"
