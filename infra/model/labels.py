"""Every label, annotation and name with a meaning, spelled once. Whoever needs one takes it from here."""

from typing import Final

PREFIX: Final = "cityfabric.io"

CITY: Final = f"{PREFIX}/city"
DISTRICT: Final = f"{PREFIX}/district"
TENANT: Final = f"{PREFIX}/tenant"
ENVIRONMENT: Final = f"{PREFIX}/environment"
ZONE: Final = f"{PREFIX}/zone"
OWNER: Final = f"{PREFIX}/owner"
COST_CODE: Final = f"{PREFIX}/cost-code"
PROTECTION_LEVEL: Final = f"{PREFIX}/protection-level"
EGRESS: Final = f"{PREFIX}/egress"
GATEWAY: Final = f"{PREFIX}/gateway"
SERVICE: Final = f"{PREFIX}/service"
POOL: Final = f"{PREFIX}/pool"
"""On a node: the pool that it belongs to; all that a workload may choose nodes by."""
PART: Final = f"{PREFIX}/part"
"""What a namespace is for: one of the PART_ values."""
PART_TENANT: Final = "tenant"
PART_ZONE: Final = "zone"
PART_PLATFORM: Final = "platform"
OFFBOARDING: Final = f"{PREFIX}/offboarding"
"""On a namespace that is closed because its tenant leaves; its value is the offboarding's name."""
TEMPORARY: Final = f"{PREFIX}/temporary"
"""On a RoleBinding that the cluster itself deletes when it lapses; its value is LAPSES."""
LAPSES: Final = "true"
CONSUMES: Final = "true"

# Annotations: free text that a label value could not hold.
CONTACT: Final = f"{PREFIX}/contact"
TITLE: Final = f"{PREFIX}/title"
DECLARED_IN: Final = f"{PREFIX}/declared-in"
TEMPLATE: Final = f"{PREFIX}/template"
"""Name and version of the template that a tenant was made from."""
STOPPED: Final = f"{PREFIX}/stopped"
"""On a workload of a tenant that leaves: how many replicas it had, or `running` if it was not suspended."""
EXPIRES: Final = f"{PREFIX}/expires"
"""When a RoleBinding lapses, as RFC 3339 has it."""
REASON: Final = f"{PREFIX}/reason"
WAIVER: Final = f"{PREFIX}/waiver"
"""On an object that breaks a rule: the name of the waiver that it was given; of several, with commas between."""

PLATFORM_NAMESPACE: Final = "cityfabric-platform"
"""Where the platform's own programs run."""
STEWARD: Final = "steward"
"""The program that deletes lapsed bindings, and its service account."""

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
MANAGER: Final = "cityfabric"
RESERVED_PREFIX: Final = f"{MANAGER}-"
"""How names of the platform's own objects in a tenant begin, where the department names objects of that kind too."""

MAX_NAMESPACE: Final = 63


def namespace_name(district: str, tenant: str, environment: str) -> str:
    """Return the namespace of a tenant's environment: `DISTRICT-TENANT-ENVIRONMENT`."""
    return f"{district}-{tenant}-{environment}"


def zone_namespace(zone: str) -> str:
    """Return the platform's namespace of a zone, where its gateways and shared services run."""
    return f"zone-{zone}"


def service_host(service: str, zone: str, cluster_domain: str) -> str:
    """Return the full name of a shared platform service: `SERVICE.zone-ZONE.svc.DOMAIN`."""
    return f"{service}.{zone_namespace(zone)}.svc.{cluster_domain}"


def service_binding(service: str) -> str:
    """Return the name of the Secret in a tenant's namespace that is the binding of a service; the prefix is the platform's."""
    return f"{RESERVED_PREFIX}{service}"


def consumes(service: str) -> str:
    """Return the label of a tenant's namespaces that lets them reach a shared platform service; its value is CONSUMES."""
    return f"{PREFIX}/consumes-{service}"
