"""What the cluster refuses whatever a role allows, as data: the few rules that RBAC cannot say.

RBAC speaks of kinds and verbs. It cannot tell a service with an outside address from one without, or a label that opens a door
from one that opens none. Not done here: the city's rule against server rooms in disguise, a catalogue of its own beside this.
"""

from collections.abc import Mapping
from typing import Final, Literal

from infra.model import labels
from infra.model.base import Model, Title
from infra.tenancy.roles import DEPLOYER

Operation = Literal["CREATE", "UPDATE", "DELETE"]
_ALL: Final[tuple[Operation, ...]] = ("CREATE", "UPDATE", "DELETE")
STEWARD_USER: Final = f"system:serviceaccount:{labels.PLATFORM_NAMESPACE}:{labels.STEWARD}"
_PARTS: Final = (labels.PART_TENANT, labels.PART_ZONE, labels.PART_PLATFORM)
# What Kubernetes itself gives to pods.
_TOLERATED: Final = tuple(f"node.kubernetes.io/{taint}" for taint in ("memory-pressure", "not-ready", "unreachable"))


class Refusal(Model):
    """What must hold, and what is said when it does not."""

    expression: str
    """In CEL; true lets the request pass."""
    message: str
    """What is wrong and what to do instead."""


class Guard(Model):
    """A rule of admission."""

    title: Title
    """What it keeps, in one line."""
    resources: Mapping[str, tuple[str, ...]]
    """Which resources it looks at, by API group."""
    operations: tuple[Operation, ...]
    """Which operations on them."""
    parts: tuple[str, ...] = ()
    """In namespaces for what; none: everywhere."""
    objects: Mapping[str, str] = {}
    """Only objects with these labels, before or after."""
    conditions: Mapping[str, str] = {}
    """Only requests for which all of these hold, in CEL by name."""
    refusals: tuple[Refusal, ...]
    """What must hold."""


def _labelled(what: str, key: str, value: str | None = None) -> str:
    found = f"has({what}.metadata.labels) && '{key}' in {what}.metadata.labels"
    return f"{found} && {what}.metadata.labels['{key}'] == '{value}'" if value else found


# Whoever may change the guards may as well do what they guard. So no name of a group has to be known here, on whatever cluster.
_NOT_THE_PLATFORM: Final = {
    "not-the-platform": "!authorizer.group('admissionregistration.k8s.io').resource('validatingadmissionpolicies')"
    ".check('update').allowed()"
}
_NOT_THE_CLUSTER: Final = {
    "not-the-cluster-itself": "!(request.userInfo.username in ['system:apiserver', 'system:kube-controller-manager'] || "
    "'system:serviceaccounts:kube-system' in request.userInfo.groups)"
}
_OTHERS: Final = _NOT_THE_PLATFORM | _NOT_THE_CLUSTER
_STEWARD: Final = f"request.userInfo.username == '{STEWARD_USER}' && request.operation == 'DELETE'"


def guards(highest_priority: int) -> dict[str, Guard]:
    """Return the guards by name; `highest_priority` is that of the tenants' priority classes."""
    return {
        "platform-objects": Guard(
            title=Title(
                zh="配额、限制、网络策略、角色、授权和端点只由平台变更",
                en="Only the platform changes quota, limits, network policies, bindings, endpoints",
            ),
            resources={
                "": ("endpoints", "limitranges", "resourcequotas", "resourcequotas/status"),
                "discovery.k8s.io": ("endpointslices",),
                "networking.k8s.io": ("networkpolicies",),
                "rbac.authorization.k8s.io": ("rolebindings", "roles"),
            },
            operations=_ALL,
            parts=_PARTS,
            # What the steward may delete is said below, for it alone.
            conditions={**_OTHERS, "not-the-steward": f"!({_STEWARD})"},
            refusals=(Refusal(expression="false", message="this is the platform's, in this namespace: change the city's data"),),
        ),
        "platform-accounts": Guard(
            title=Title(zh="部署账号只由平台变更", en="Only the platform changes the pipeline's service account"),
            resources={"": ("serviceaccounts",)},
            operations=_ALL,
            parts=_PARTS,
            objects={labels.MANAGED_BY: labels.MANAGER},
            conditions=_OTHERS,
            refusals=(Refusal(expression="false", message="this service account is the platform's: make one of another name"),),
        ),
        "namespaces": Guard(
            title=Title(
                zh="命名空间及其标签只由平台变更",
                en="Only the platform changes namespaces of the city and labels",
            ),
            resources={"": ("namespaces", "namespaces/finalize", "namespaces/status")},
            operations=_ALL,
            conditions=_OTHERS,
            refusals=(
                Refusal(
                    expression=f"oldObject == null || !({_labelled('oldObject', labels.PART)})",
                    message="this namespace is the platform's: change the city's data",
                ),
                Refusal(
                    expression="object == null || !has(object.metadata.labels) || "
                    f"!object.metadata.labels.exists(key, key.startsWith('{labels.PREFIX}/'))",
                    message=f"labels that begin with {labels.PREFIX}/ open doors, and are the platform's: remove them",
                ),
            ),
        ),
        "tenant-pods": _tenant_pods(highest_priority),
        "tenant-services": _TENANT_SERVICES,
        "tenant-secrets": _TENANT_SECRETS,
        "steward": _STEWARD_ONLY,
    }


def _tenant_pods(highest_priority: int) -> Guard:
    return Guard(
        title=Title(
            zh="租户容器组不抢占、不选节点、不冒用部署账号",
            en="Pods of tenants stand in line, choose no node, and are not the pipeline",
        ),
        resources={"": ("pods",)},
        operations=("CREATE",),
        parts=(labels.PART_TENANT,),
        refusals=(
            Refusal(
                # The API server has put the number of the class there, so that no name of a class has to be known.
                expression=f"!has(object.spec.priority) || object.spec.priority <= {highest_priority}",
                message="this priority class is not for tenants: name tenant-standard, tenant-batch or none",
            ),
            Refusal(
                expression="!has(object.spec.nodeName) || object.spec.nodeName == ''",
                message="a pod may not choose its node: remove spec.nodeName",
            ),
            Refusal(
                expression="!has(object.spec.tolerations) || object.spec.tolerations.all(each, has(each.key) && "
                f"each.key in {list(_TOLERATED)})",
                message="a pod may not tolerate what keeps nodes for others: remove spec.tolerations",
            ),
            Refusal(
                expression=f"!has(object.spec.serviceAccountName) || object.spec.serviceAccountName != '{DEPLOYER}'",
                message=f"the service account {DEPLOYER} is for the pipeline, and has rights that no pod needs: name another one",
            ),
        ),
    )


_TENANT_SERVICES: Final = Guard(
    title=Title(zh="租户服务只指向自己的容器组", en="Services of tenants lead to their own pods, and take no address of others"),
    resources={"": ("services",)},
    operations=("CREATE", "UPDATE"),
    parts=(labels.PART_TENANT,),
    refusals=(
        Refusal(
            expression="!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0",
            message="with an external IP a service would get what is sent to others: remove spec.externalIPs",
        ),
        Refusal(
            expression="!has(object.spec.type) || object.spec.type != 'ExternalName'",
            message="an ExternalName makes a gateway that trusts this service talk to others: name a service under `consumes`",
        ),
    ),
)
_TENANT_SECRETS: Final = Guard(
    title=Title(zh="不得有永不过期的账号令牌", en="No token that never lapses"),
    resources={"": ("secrets",)},
    operations=("CREATE",),
    parts=(labels.PART_TENANT,),
    refusals=(
        Refusal(
            expression="!has(object.type) || object.type != 'kubernetes.io/service-account-token'",
            message="such a token never lapses: ask for one that does, by kubectl create token",
        ),
    ),
)
_STEWARD_ONLY: Final = Guard(
    title=Title(zh="到期执行程序只删除到期授权", en="The steward deletes bindings that are to lapse, and no others"),
    resources={"rbac.authorization.k8s.io": ("rolebindings",)},
    operations=("DELETE",),
    conditions={"the-steward": _STEWARD},
    refusals=(
        Refusal(
            expression=f"{_labelled('oldObject', labels.TEMPORARY, labels.LAPSES)} && "
            f"{_labelled('oldObject', labels.MANAGED_BY, labels.MANAGER)} && "
            f"{_labelled('namespaceObject', labels.PART, labels.PART_TENANT)}",
            message="this binding does not lapse: the steward may not delete it",
        ),
    ),
)
