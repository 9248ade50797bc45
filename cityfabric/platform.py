"""The cluster that a command works on: the sandbox, brought up as needed, or the one that KUBECONFIG names."""

import os

from lightkube import Client, KubeConfig
from lightkube.resources.core_v1 import Namespace

from cityfabric.console import Steps, say
from cityfabric.engine import Tools
from cityfabric.errors import EngineError
from cityfabric.settings import Settings
from sandbox import debian
from sandbox.cluster import instance, lifecycle
from sandbox.toolchain.install import ensure
from sandbox.toolchain.pins import RECIPES

# What is needed where the cluster is somebody else's.
_CLIENTS = ("pulumi", "language-python", "provider-kubernetes")


def tools(settings: Settings) -> Tools:
    """Return the tools, built if they are not in the cache."""
    wanted = [recipe for recipe in RECIPES if settings.sandbox or recipe.module in _CLIENTS]
    with Steps() as steps:
        found = ensure(steps, wanted)
    return Tools(found.bin, found.pulumi_home)


def bring_up(settings: Settings, registry: str) -> Tools:
    """Make sure that the cluster is there, and return the tools.

    Raises:
        sandbox.errors.SandboxError: The sandbox cannot be built here, or did not come up.
    """
    if not settings.sandbox:
        say(f"using the cluster of KUBECONFIG: {settings.kubeconfig}")
        return tools(settings)
    lifecycle.require_root()
    debian.ensure(say)
    found = tools(settings)
    with Steps() as steps:
        step = f"sandbox {settings.instance}"
        steps.begin(step, 25)
        lifecycle.up(_instance(settings), found.bin, registry, lambda what: steps.advance(step, what))
        steps.end(step, "ready")
    return found


def sandbox_status(settings: Settings, found: Tools) -> lifecycle.Status:
    """Return how the sandbox is."""
    return lifecycle.status(_instance(settings), found.bin)


def bring_down(settings: Settings, *, remove: bool) -> None:
    """Stop the sandbox; with `remove`, take away all that it ever made."""
    lifecycle.require_root()
    (lifecycle.reset if remove else lifecycle.down)(_instance(settings))


def _instance(settings: Settings) -> instance.Instance:
    os.environ["CITYFABRIC_STATE"] = str(settings.state.parent)
    return instance.open_instance(settings.instance)


def client(settings: Settings) -> Client:
    """Return a client of the cluster.

    Raises:
        EngineError: There is no cluster yet.
    """
    if not settings.kubeconfig.exists():
        raise EngineError(f"the cluster of the instance {settings.instance} is not there", "run: cityfabric up")
    return Client(KubeConfig.from_file(settings.kubeconfig))


def identity(settings: Settings) -> str:
    """Return the cluster's identity: the UID of its namespace kube-system, which no two clusters share."""
    found = client(settings).get(Namespace, "kube-system").metadata
    if not found or not found.uid:
        raise EngineError("the cluster's namespace kube-system has no UID", "look at: kubectl get namespace kube-system")
    return found.uid
