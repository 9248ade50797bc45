"""What a tenant gets for a shared service that it consumes, beside the network flow: an endpoint by name, and a service binding.

The binding has the form of the Service Binding Specification for Kubernetes, so that programs find it by themselves once a pod
mounts it. Not done here: credentials. Whoever runs the service gives them; the binding says where it is, and holds no secret yet.
"""

import base64
from collections.abc import Collection
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import Secret, Service

from infra.metadata import UNAWAITED, metadata
from infra.model import labels, organisation
from infra.model.base import Model, Name
from infra.model.city import City
from infra.network.services import endpoint

_TYPE: Final = "servicebinding.io/"
"""How the type of a Secret begins that is a service binding, as the specification has it."""


class Consumed(Model):
    """A shared service as one tenant consumes it."""

    name: Name
    """The service."""
    service: organisation.Service
    """The service as declared."""
    city: Name
    """The city, which provides it where no department does."""
    cluster_domain: str
    """DNS domain of the cluster."""


def entries(consumed: Consumed) -> dict[str, str]:
    """Return the entries of a service binding; each becomes a file in the pod that mounts it.

    The host is the full name, since that is what the certificate of the service can name.
    """
    service = consumed.service
    host, port = labels.service_host(consumed.name, service.zone, consumed.cluster_domain), str(service.port)
    return {
        "type": service.type,
        "provider": service.authority or consumed.city,
        "host": host,
        "port": port,
        **({"uri": f"{service.scheme}://{host}:{port}"} if service.scheme else {}),
    }


def taken(city: City, district: str, others: Collection[tuple[str, str]]) -> list[str]:
    """Return which endpoints of a district have no room, in words: `others` are the Services that departments made, by namespace.

    What the platform left behind itself is taken over, but not what a department made: its own pods may stand behind it.
    """
    file = f"stacks/{city.city.name}/districts/{district}.yaml"
    return [
        f"the Service {service} in {namespace} is the department's own, and the endpoint of the shared service needs its name; "
        f"mend: rename that Service, or take {service} out of tenants.{tenant}.consumes in {file}"
        for tenant, declared in city.districts[district].tenants.items()
        for environment in declared.environments
        for service in declared.consumes
        if (namespace := labels.namespace_name(district, tenant, environment), service) in others
    ]


def consume(full: str, namespace: pulumi.Output[str], consumed: Consumed, child: pulumi.ResourceOptions) -> None:
    """Make the endpoint and the binding in a namespace."""
    name, title = consumed.name, consumed.service.title
    marks, notes = {labels.SERVICE: name}, {labels.TITLE: f"{title.zh} / {title.en}"}
    Service(
        f"{full}/{name}",
        metadata=metadata(name, namespace=namespace, marks=marks, notes={**notes, **UNAWAITED}),
        spec=endpoint(name, consumed.service, consumed.cluster_domain),
        opts=child,
    )
    binding = labels.service_binding(name)
    Secret(
        f"{full}/{binding}",
        metadata=metadata(binding, namespace=namespace, marks=marks, notes=notes),
        type=f"{_TYPE}{consumed.service.type}",
        data={key: base64.b64encode(value.encode()).decode("ascii") for key, value in entries(consumed).items()},
        opts=child,
    )
