"""A shared platform service as a Kubernetes Service: the one in its zone that its pods answer to, and a consumer's way to it.

Not done here: the pods, which whoever runs the service deploys, and finds by their label; and who may connect, which is the
network policies' matter. A name opens nothing.
"""

from typing import Any

from infra.model import labels
from infra.model.organisation import Service


def offered(name: str, service: Service) -> dict[str, Any]:
    """Return the spec of the Service in the platform's namespace of its zone."""
    return {"type": "ClusterIP", "selector": {labels.SERVICE: name}, **_common(service)}


def endpoint(name: str, service: Service, cluster_domain: str) -> dict[str, Any]:
    """Return the spec of the Service in a consumer's namespace: another name for the one in the zone.

    An alias, not an address: it follows the service to another zone, and needs nobody to keep addresses up to date.
    """
    return {
        "type": "ExternalName",
        "external_name": labels.service_host(name, service.zone, cluster_domain),
        **_common(service),
    }


def _common(service: Service) -> dict[str, Any]:
    # Spelled out as the API server completes it, so that drift is told field by field.
    ports = [{"port": service.port, "protocol": "TCP", "target_port": service.port}]
    return {"ports": ports, "session_affinity": "None"}
