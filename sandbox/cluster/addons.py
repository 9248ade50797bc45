"""Asks the cluster whether it is ready, and gives it what every cluster has: its programs' rights, and DNS."""

import hashlib
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from string import Template

from httpx2 import HTTPError
from lightkube import Client, KubeConfig, codecs
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Node

from sandbox.cluster.instance import Instance
from sandbox.errors import SandboxError

_ABREAST = 8
_FIELD_MANAGER = "cityfabric-sandbox"


def wait(what: str, ready: Callable[[], bool], seconds: float, instance: Instance) -> None:
    """Wait until `ready` holds.

    Raises:
        SandboxError: It does not within that time; the message names the logs.
    """
    ends = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > ends:
            raise SandboxError(f"{what} is not ready after {seconds:.0f} s", f"read the logs in {instance.logs}")
        time.sleep(0.25)


def client(instance: Instance, holder: str = "bootstrap") -> Client:
    """Return a client of the cluster."""
    config = KubeConfig.from_file(instance.config / f"{holder}.kubeconfig")
    return Client(config, field_manager=_FIELD_MANAGER)


def is_api_ready(instance: Instance, folder: Path) -> bool:
    """Say whether the API server is ready, as it says itself."""
    kubeconfig = instance.config / "bootstrap.kubeconfig"
    command = [str(folder / "kubectl"), f"--kubeconfig={kubeconfig}", "get", "--raw", "/readyz", "--request-timeout=3s"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "ok"


def is_node_ready(instance: Instance) -> bool:
    """Say whether the node is ready."""
    try:
        with client(instance) as api:
            node = api.get(Node, instance.node)
    except HTTPError:
        return False
    conditions = node.status.conditions if node.status and node.status.conditions else []
    return any(condition.type == "Ready" and condition.status == "True" for condition in conditions)


def is_dns_ready(instance: Instance) -> bool:
    """Say whether DNS is served."""
    try:
        with client(instance) as api:
            deployment = api.get(Deployment, "coredns", namespace="kube-system")
    except HTTPError:
        return False
    status, generation = deployment.status, deployment.metadata.generation if deployment.metadata else None
    if not status or status.observedGeneration != generation:
        return False
    return bool(status.availableReplicas) and status.replicas == status.updatedReplicas == status.availableReplicas


def apply(instance: Instance, registry: str) -> None:
    """Apply the addons; what is already so is left alone."""
    text = Path(__file__).with_name("addons.yaml").read_text("utf-8")
    # CoreDNS reads its configuration once: another text makes other pods.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    filled = Template(text).substitute(REGISTRY=registry, DNS_ADDRESS=instance.dns_address, CONFIG_DIGEST=digest)
    with client(instance) as api, ThreadPoolExecutor(_ABREAST) as pool:
        for _ in pool.map(partial(api.apply, force=True), codecs.load_all_yaml(filled)):
            pass
