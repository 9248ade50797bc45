"""The cluster that a stack works on: the one that KUBECONFIG names, and only if it is the one that the stack belongs to.

The kubeconfig goes into the provider with all that it refers to, as a secret. So `pulumi destroy` and `pulumi refresh`, which do
not run the program, act on the cluster that was checked last, whatever KUBECONFIG says by then. No credential is ever logged.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import httpx2
import pulumi
import pulumi_kubernetes as kubernetes
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ConfigError
from lightkube.operators import not_equal
from lightkube.resources.core_v1 import Namespace, Service
from lightkube.resources.discovery_v1 import EndpointSlice

from infra.kubeconfig import MEND, KubeconfigError, named_by, self_contained
from infra.model import labels
from infra.network.platform import Door

Answer = TypeVar("Answer")


class Space(NamedTuple):
    """A namespace of the cluster."""

    name: str
    uid: str
    labels: Mapping[str, str]


UidReader = Callable[[Mapping[str, Any]], str]
"""Takes a self-contained kubeconfig, returns the UID of the cluster's namespace kube-system."""


def connect(
    expected_uid: str, *, environment: Mapping[str, str] = os.environ, read_uid: UidReader | None = None
) -> kubernetes.Provider:
    """Return the provider for the cluster of KUBECONFIG, or refuse it if its identity is not `expected_uid`."""
    content = _kubeconfig(environment)
    server = content["clusters"][0]["cluster"]["server"]
    uid = (read_uid or kube_system_uid)(content)
    if uid != expected_uid:
        raise pulumi.RunError(
            f"cluster refused: this stack belongs to the cluster {expected_uid}, but {server} is the cluster {uid}; "
            "nothing was changed; mend: export KUBECONFIG=FILE with the kubeconfig of the stack's cluster, or, if the stack has "
            f"nothing in any other cluster: pulumi config set cityfabric:cluster {uid}"
        )
    return kubernetes.Provider(
        "cluster",
        kubeconfig=pulumi.Output.secret(json.dumps(content, sort_keys=True)),
        # The same cluster under a new address or with new certificates is an update, not a replacement of all that is in it.
        cluster_identifier=uid,
        enable_server_side_apply=True,
        kube_client_settings={"qps": 1000, "burst": 2000},
    )


def kube_system_uid(content: Mapping[str, Any]) -> str:
    """Ask the cluster for its identity; its certificate is verified."""
    metadata = _asked(content, lambda client: client.get(Namespace, name="kube-system").metadata)
    if metadata is None or metadata.uid is None:
        server = content["clusters"][0]["cluster"]["server"]
        raise pulumi.RunError(f"the cluster at {server} has no namespace kube-system with an identity; {MEND}")
    return metadata.uid


def doors(environment: Mapping[str, str] = os.environ) -> tuple[Door, ...]:
    """Ask the cluster where its API server answers its own pods: at its Service, and where that leads.

    A network plug-in looks at a packet before its Service's address is replaced, or after: both are needed.
    """
    return _asked(_kubeconfig(environment), _doors)


def _doors(client: Client) -> tuple[Door, ...]:
    service = client.get(Service, name="kubernetes", namespace="default").spec
    slices = client.list(EndpointSlice, namespace="default", labels={"kubernetes.io/service-name": "kubernetes"})
    found = {
        (address, port.port or 0)
        for each in slices
        for endpoint in each.endpoints or ()
        for address in endpoint.addresses
        for port in each.ports or ()
    }
    if service is not None:
        addresses = service.clusterIPs or [service.clusterIP or ""]
        found |= {(address, port.port) for address in addresses for port in service.ports or ()}
    return tuple(Door(address=address, port=port) for address, port in sorted(each for each in found if all(each)))


def spaces(marks: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> list[Space]:
    """Ask the cluster for the namespaces with these labels; those that are being deleted are there no more."""
    found = _asked(_kubeconfig(environment), lambda client: list(client.list(Namespace, labels=dict(marks))))
    known = [each.metadata for each in found if each.metadata and not each.metadata.deletionTimestamp]
    return [Space(each.name or "", each.uid or "", each.labels or {}) for each in known]


def foreign_services(environment: Mapping[str, str] = os.environ) -> frozenset[tuple[str, str]]:
    """Ask the cluster which Services others than the platform made: namespace and name of each."""
    return _asked(_kubeconfig(environment), _foreign_services)


def _foreign_services(client: Client) -> frozenset[tuple[str, str]]:
    found = client.list(Service, namespace="*", labels={labels.MANAGED_BY: not_equal(labels.MANAGER)})
    return frozenset((each.metadata.namespace or "", each.metadata.name or "") for each in found if each.metadata)


def _asked(content: Mapping[str, Any], question: Callable[[Client], Answer]) -> Answer:
    """Ask the cluster something, and say in words what goes wrong with it."""
    server = content["clusters"][0]["cluster"]["server"]
    try:
        with Client(config=KubeConfig.from_dict(dict(content))) as client:
            return question(client)
    except (ConfigError, ValueError, OSError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        # Only these two say what is wrong without ever quoting the kubeconfig or the output of a plug-in that fetches a token.
        quoted = f": {error}" if isinstance(error, (OSError, httpx2.HTTPError)) else ""
        reason = f"{type(error).__name__}{quoted}"
        raise pulumi.RunError(f"the cluster at {server} does not answer ({reason}); {MEND}") from None


def _kubeconfig(environment: Mapping[str, str]) -> dict[str, Any]:
    try:
        return self_contained(named_by(environment))
    except KubeconfigError as error:
        raise pulumi.RunError(str(error)) from None
