"""The cluster that a command works on: the sandbox, brought up as needed, or the one that KUBECONFIG names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from httpx2 import HTTPError, InvalidURL
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ConfigError
from lightkube.resources.core_v1 import Namespace
from msgspec import MsgspecError
from yaml import YAMLError

from cityfabric.console import Steps, say
from cityfabric.engine import Tools
from cityfabric.errors import EngineError, UserError
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
        identity(settings)  # a cluster that does not answer is told before tools are built
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


def not_up(settings: Settings, found: lifecycle.Status) -> EngineError:
    """Return what is to be said of a sandbox that is not up."""
    down = [f"{name} {state}" for name, state in found.programs.items() if state != "RUNNING"]
    return EngineError(f"the sandbox {settings.instance} is not up ({', '.join(down) or 'stopped'})", "run: cityfabric up")


def require_sandbox(settings: Settings) -> None:
    """Refuse to go on where there is no sandbox, before tools are built for it.

    Raises:
        EngineError: It has not been brought up yet.
        sandbox.errors.SandboxError: It cannot be, here.
    """
    lifecycle.require_root()
    if not settings.kubeconfig.exists():
        raise EngineError(f"the sandbox {settings.instance} is not there", "run: cityfabric up")


def bring_down(settings: Settings, *, remove: bool) -> None:
    """Stop the sandbox; with `remove`, take away all that it ever made."""
    lifecycle.require_root()
    if remove:
        lifecycle.reset(_instance(settings))
    elif settings.state.exists():
        lifecycle.down(_instance(settings))


def _instance(settings: Settings) -> instance.Instance:
    os.environ["CITYFABRIC_STATE"] = str(settings.state.parent)
    return instance.open_instance(settings.instance)


def client(settings: Settings) -> Client:
    """Return a client of the cluster.

    Raises:
        EngineError: There is no cluster yet.
        UserError: The kubeconfig is none.
    """
    if not settings.kubeconfig.exists():
        raise EngineError(f"the cluster of the instance {settings.instance} is not there", "run: cityfabric up")
    try:
        return Client(KubeConfig.from_file(settings.kubeconfig))
    except (ConfigError, MsgspecError, YAMLError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        # The error itself may quote the file, and with it credentials.
        message = f"{settings.kubeconfig} is no kubeconfig with a current context ({type(error).__name__})"
        raise UserError(message, "set KUBECONFIG to one that works with kubectl") from None


@contextmanager
def asked(settings: Settings) -> Iterator[Client]:
    """Give a client of the cluster, and tell in words what goes wrong with it.

    Raises:
        EngineError: The cluster does not answer, or refuses.
    """
    with client(settings) as api:
        try:
            yield api
        except (HTTPError, InvalidURL) as error:
            message = f"the cluster of {settings.kubeconfig} does not answer as it should: {error}"
            raise EngineError(message, f"try: kubectl --kubeconfig {settings.kubeconfig} get namespaces") from error


def identity(settings: Settings) -> str:
    """Return the cluster's identity: the UID of its namespace kube-system, which no two clusters share."""
    with asked(settings) as api:
        found = api.get(Namespace, "kube-system").metadata
    if not found or not found.uid:
        raise EngineError("the cluster's namespace kube-system has no UID", "look at: kubectl get namespace kube-system")
    return found.uid
