"""The catalogue of cluster roles, as data: all that anybody in a tenant may do.

Least privilege, by three rules that tests hold: no wildcard; nothing that hands rights on (`escalate`, `bind`, `impersonate`,
tokens); and what the platform makes in a tenant (namespace, quota, limits, network policies, roles and their bindings) nobody in
it may change. Read access to secrets has only the deployer, who needs it to deploy. Whoever may start pods can still mount a
secret of the same namespace: the namespace is the boundary, so people of different trust get different tenants.
"""

from typing import Final, Literal

from infra.model import labels
from infra.model.base import Model, Title
from infra.model.tenant import Role

Verb = Literal["get", "list", "watch", "create", "update", "patch", "delete"]
READ: Final[tuple[Verb, ...]] = ("get", "list", "watch")
CHANGE: Final[tuple[Verb, ...]] = ("create", "update", "patch", "delete")
ALL: Final[tuple[Verb, ...]] = (*READ, *CHANGE)
SCALE: Final[tuple[Verb, ...]] = ("get", "update", "patch")


class Rule(Model):
    """Verbs on resources of one API group; the empty group is Kubernetes' core."""

    group: str
    """The API group."""
    resources: tuple[str, ...]
    """The resources, or RESOURCE/SUBRESOURCE."""
    verbs: tuple[Verb, ...]
    """What may be done with them."""


class ClusterRoleSpec(Model):
    """A role of the catalogue, bound in namespaces only."""

    title: Title
    """What people call it."""
    rules: tuple[Rule, ...]
    """All that it grants."""


def role_name(role: str) -> str:
    """Return the name of a catalogue role's ClusterRole, which its bindings have as well."""
    return f"{labels.MANAGER}-{role}"


DEPLOYER: Final = "deployer"
DISTRICT_ADMINISTRATOR: Final = "district-administrator"

_WORKLOADS: Final = ("deployments", "statefulsets")
_SCALES: Final = ("deployments/scale", "statefulsets/scale")

# What can be seen of a tenant without its secrets and without its logs, which may hold citizens' data.
_OVERVIEW: Final = (
    Rule(
        group="",
        resources=(
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "persistentvolumeclaims",
            "pods",
            "resourcequotas",
            "serviceaccounts",
            "services",
        ),
        verbs=READ,
    ),
    Rule(group="apps", resources=(*_WORKLOADS, "replicasets"), verbs=READ),
    Rule(group="autoscaling", resources=("horizontalpodautoscalers",), verbs=READ),
    Rule(group="batch", resources=("cronjobs", "jobs"), verbs=READ),
    Rule(group="discovery.k8s.io", resources=("endpointslices",), verbs=READ),
    Rule(group="events.k8s.io", resources=("events",), verbs=READ),
    Rule(group="networking.k8s.io", resources=("networkpolicies",), verbs=READ),
    Rule(group="policy", resources=("poddisruptionbudgets",), verbs=READ),
)
_ACCESS: Final = (Rule(group="rbac.authorization.k8s.io", resources=("rolebindings", "roles"), verbs=READ),)
_LOGS: Final = (Rule(group="", resources=("pods/log",), verbs=("get",)),)
_APPLICATION: Final = (
    Rule(group="", resources=("configmaps", "persistentvolumeclaims", "services"), verbs=CHANGE),
    Rule(group="apps", resources=_WORKLOADS, verbs=CHANGE),
    Rule(group="apps", resources=_SCALES, verbs=SCALE),
    Rule(group="autoscaling", resources=("horizontalpodautoscalers",), verbs=CHANGE),
    Rule(group="batch", resources=("cronjobs", "jobs"), verbs=CHANGE),
    Rule(group="policy", resources=("poddisruptionbudgets",), verbs=CHANGE),
)

CATALOGUE: Final[dict[str, ClusterRoleSpec]] = {
    Role.DEVELOPER: ClusterRoleSpec(
        title=Title(zh="开发人员", en="Developer: builds and debugs the application"),
        rules=(*_OVERVIEW, *_LOGS, *_APPLICATION, Rule(group="", resources=("pods",), verbs=("create", "delete"))),
    ),
    Role.OPERATOR: ClusterRoleSpec(
        title=Title(zh="运维人员", en="Operator: keeps it running: logs, exec, restart and scale, but no other change"),
        rules=(
            *_OVERVIEW,
            *_LOGS,
            Rule(group="", resources=("pods",), verbs=("delete",)),
            Rule(group="", resources=("pods/eviction",), verbs=("create",)),
            # The verb of exec over WebSockets is get, the older one create; newer clusters ask for both.
            Rule(group="", resources=("pods/exec",), verbs=("get", "create")),
            Rule(group="apps", resources=_SCALES, verbs=SCALE),
        ),
    ),
    Role.AUDITOR: ClusterRoleSpec(
        title=Title(zh="审计人员", en="Auditor: sees everything but secrets and logs, who has access included"),
        rules=(*_OVERVIEW, *_ACCESS),
    ),
    DEPLOYER: ClusterRoleSpec(
        title=Title(zh="部署账号", en="Deployer: the service account that a pipeline deploys with"),
        rules=(
            *_OVERVIEW,
            *_APPLICATION,
            Rule(group="", resources=("secrets",), verbs=ALL),
            Rule(group="", resources=("serviceaccounts",), verbs=CHANGE),
        ),
    ),
    DISTRICT_ADMINISTRATOR: ClusterRoleSpec(
        title=Title(zh="区县管理员", en="District administrator: sees all tenants of the district, logs and access included"),
        rules=(*_OVERVIEW, *_LOGS, *_ACCESS),
    ),
}
"""The roles by name: those of infra.model.tenant.Role, which a tenant gives to people, and two that the platform binds itself."""
