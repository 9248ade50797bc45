"""The instance's network namespace: bridges, chains and addresses stay in it, and leave with it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Final

from sandbox.cluster.instance import Instance, outer_link
from sandbox.errors import SandboxError

# Of the namespace alone; Kubernetes needs forwarding, and policies on a bridge need its packets shown to the filter.
_SYSCTLS: Final = {
    "net.ipv4.ip_forward": "1",
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}


def inside(instance: Instance) -> list[str]:
    """Return the words that run a command in the instance's network namespace."""
    return ["nsenter", f"--net=/run/netns/{instance.netns}", "--"]


def links(instance: Instance) -> tuple[str, str]:
    """Return the names of the link's two ends: on the machine, and in the namespace."""
    return outer_link(instance.slot), f"cf{instance.slot}node"


def ensure(instance: Instance) -> None:
    """Make the namespace and the link into it, whatever of them is missing."""
    outer, inner = links(instance)
    _run("modprobe", "--quiet", "--all", "br_netfilter", "overlay", "veth", check=False)  # often built in
    if not os.path.ismount(f"/run/netns/{instance.netns}"):
        Path(f"/run/netns/{instance.netns}").unlink(missing_ok=True)  # left by an `ip netns add` that was killed
        _run("ip", "netns", "add", instance.netns)
    if not _has_link(outer):
        _run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", instance.netns)
    _run("ip", "address", "replace", f"{instance.host_address}/30", "dev", outer)
    _run("ip", "link", "set", outer, "up")
    within = inside(instance)
    _run(*within, "ip", "address", "replace", f"{instance.node_address}/30", "dev", inner)
    for device in ("lo", inner):
        _run(*within, "ip", "link", "set", device, "up")
    # The kubelet asks for a default route to find the node's own address.
    _run(*within, "ip", "route", "replace", "default", "via", instance.host_address, "dev", inner)
    for network in (instance.pod_network, instance.service_network):
        _run("ip", "route", "replace", network, "via", instance.node_address, "dev", outer)
    _run(*within, "sysctl", "--quiet", "--write", *(f"{name}={value}" for name, value in _SYSCTLS.items()))


def remove(instance: Instance) -> None:
    """Take the namespace away, and with it the link, the bridge, the chains and the routes."""
    outer, _ = links(instance)
    if _has_link(outer):
        _run("ip", "link", "delete", outer)
    if Path(f"/run/netns/{instance.netns}").exists():
        _run("ip", "netns", "delete", instance.netns)


def _has_link(name: str) -> bool:
    answer = subprocess.run(["ip", "-json", "link", "show"], check=True, capture_output=True, text=True)
    return any(link["ifname"] == name for link in json.loads(answer.stdout))


def _run(*command: str, check: bool = True) -> None:
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if check and answer.returncode:
        message = f"{' '.join(command)} failed: {answer.stderr.strip()}"
        raise SandboxError(message, "the sandbox needs root with all capabilities; else set KUBECONFIG to a cluster")
