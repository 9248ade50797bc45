"""Instances of the sandbox: each has a slot, addresses and folders of its own."""

import ipaddress
import json
from pathlib import Path

import pytest

from sandbox.cluster import instance as instances
from sandbox.cluster import network
from sandbox.cluster.instance import SLOTS, Instance, forget_instance, is_known, open_instance, require_short_paths
from sandbox.errors import SandboxError

LONGEST = "a" * 15
SOCKET_PATH = 107  # what the kernel allows, without the closing zero


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(instances, "_is_in_use", lambda _: False)


def test_an_instance_keeps_its_slot_and_no_other_gets_it() -> None:
    first, second = open_instance("first"), open_instance("second")
    assert first.slot != second.slot
    assert open_instance("first") == first
    assert open_instance("second") == second


def test_a_slot_given_back_is_given_again() -> None:
    slot = open_instance("first").slot
    open_instance("second")
    assert is_known("first")
    forget_instance("first")
    forget_instance("first")
    assert not is_known("first")
    assert open_instance("third").slot == slot


def test_a_slot_whose_link_is_there_already_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "_is_in_use", lambda slot: slot < 3)
    assert open_instance("first").slot == 3


def test_when_all_slots_are_taken_it_is_said_what_to_remove() -> None:
    taken = {open_instance(f"name-{number}").slot for number in range(SLOTS)}
    assert taken == set(range(SLOTS))
    with pytest.raises(SandboxError, match="all 32 slots are taken: name-0, ") as refusal:
        open_instance("one-more")
    assert "cityfabric reset" in refusal.value.mend
    assert not is_known("one-more")


@pytest.mark.parametrize("name", ["", "A", "1", "-a", "a_b", "a/b", "..", "a.b", "a b", "a\n", "a" * 16, "城"])
def test_a_name_that_cannot_be_used_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="does not match") as refusal:
        open_instance(name)
    assert "CITYFABRIC_INSTANCE" in refusal.value.mend
    assert not (tmp_path / "state" / "slots.json").exists()


def test_the_register_is_replaced_never_half_written(tmp_path: Path) -> None:
    open_instance("first")
    assert json.loads((tmp_path / "state" / "slots.json").read_text()) == {"first": 0}
    assert not (tmp_path / "state" / "slots.new").exists()


def test_the_state_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_instance("first").state == tmp_path / "state" / "first"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITYFABRIC_STATE", "here")
    assert open_instance("first").state == tmp_path / "here" / "first"
    monkeypatch.setenv("CITYFABRIC_STATE", "")
    assert Instance("first", 0).state == Path("/var/lib/cityfabric/first")


def _networks(one: Instance) -> list[ipaddress.IPv4Network]:
    link = ipaddress.IPv4Network(f"{one.host_address}/30", strict=False)
    return [link, ipaddress.IPv4Network(one.pod_network), ipaddress.IPv4Network(one.service_network)]


def test_no_addresses_of_any_two_slots_overlap() -> None:
    networks = [network for slot in range(SLOTS) for network in _networks(Instance("x", slot))]
    assert len(networks) == 3 * SLOTS
    for number, one in enumerate(networks):
        assert one.is_private
        assert not any(one.overlaps(other) for other in networks[number + 1 :])


@pytest.mark.parametrize("slot", range(SLOTS))
def test_each_address_is_in_its_network(slot: int) -> None:
    one = Instance("x", slot)
    link, _, services = _networks(one)
    assert list(map(str, link.hosts())) == [one.host_address, one.node_address]
    assert str(next(services.hosts())) == one.api_service_address
    assert ipaddress.IPv4Address(one.dns_address) in services
    assert one.api_url == f"https://{one.node_address}:6443"


def test_everything_of_two_instances_is_apart() -> None:
    names = ("state", "run", "logs", "pki", "config", "kubeconfig", "netns", "cgroup", "node", "api_url")
    one, other = open_instance("one"), open_instance("other")
    assert all(getattr(one, name) != getattr(other, name) for name in names)
    assert not set(network.links(one)) & set(network.links(other))


def test_names_and_paths_are_within_the_kernels_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITYFABRIC_STATE")
    one = Instance(LONGEST, SLOTS - 1)
    sockets = [
        one.run / "supervisor.sock",
        one.run / "containerd" / "containerd.sock.ttrpc",
        one.state / "kubelet" / "pod-resources" / "kubelet.sock",
        one.state / "kubelet" / "device-plugins" / "kubelet.sock",
    ]
    assert max(len(str(socket)) for socket in sockets) <= SOCKET_PATH
    assert max(len(link) for link in network.links(one)) <= 15
    assert len(one.node) <= 63


def test_a_folder_too_long_for_sockets_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYFABRIC_STATE", "/" + "x" * 62)
    require_short_paths(Instance("sandbox", 0))
    monkeypatch.setenv("CITYFABRIC_STATE", "/" + "x" * 65)
    with pytest.raises(SandboxError, match="3 characters too long") as refusal:
        require_short_paths(Instance("sandbox", 0))
    assert "CITYFABRIC_STATE" in refusal.value.mend
