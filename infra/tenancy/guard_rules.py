"""What the cluster refuses whatever a role allows, as data: the few rules that RBAC cannot say.

RBAC speaks of kinds and verbs. It cannot tell a service with an outside address from one without, or a label that opens a door
from one that opens none. Not done here: the city's rule against server rooms in disguise, a catalogue of its own beside this.
"""

from typing import Final

from infra.model import labels, recognise
from infra.model.base import Title
from infra.tenancy.guard import Guard, Operation, Refusal, labelled
from infra.tenancy.guard_tenants import TENANT_SECRETS, TENANT_SERVICES, tenant_pods

_ALL: Final[tuple[Operation, ...]] = ("CREATE", "UPDATE", "DELETE")
STEWARD_USER: Final = f"system:serviceaccount:{labels.PLATFORM_NAMESPACE}:{labels.STEWARD}"
_PARTS: Final = (labels.PART_TENANT, labels.PART_ZONE, labels.PART_PLATFORM)
_NOT_THE_PLATFORM: Final = {"not-the-platform": recognise.NOT_THE_PLATFORM}
_NOT_THE_CLUSTER: Final = {"not-the-cluster-itself": recognise.NOT_THE_CLUSTER}
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
        "consumed-services": Guard(
            title=Title(
                zh="共享服务的入口和绑定只由平台变更", en="Only the platform changes endpoints and bindings of shared services"
            ),
            resources={"": ("secrets", "services", "services/status")},
            operations=_ALL,
            parts=_PARTS,
            objects={labels.MANAGED_BY: labels.MANAGER},
            conditions=_OTHERS,
            refusals=(
                Refusal(
                    expression="false",
                    message="this leads to a shared service, and is the platform's: change `consumes` in the city's data",
                ),
            ),
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
                    expression=f"oldObject == null || !({labelled('oldObject', labels.PART)})",
                    message="this namespace is the platform's: change the city's data",
                ),
                Refusal(
                    expression="object == null || !has(object.metadata.labels) || "
                    f"!object.metadata.labels.exists(key, key.startsWith('{labels.PREFIX}/'))",
                    message=f"labels that begin with {labels.PREFIX}/ open doors, and are the platform's: remove them",
                ),
            ),
        ),
        "tenant-pods": tenant_pods(highest_priority),
        "tenant-services": TENANT_SERVICES,
        "tenant-secrets": TENANT_SECRETS,
        "steward": _STEWARD_ONLY,
    }


_STEWARD_ONLY: Final = Guard(
    title=Title(zh="到期执行程序只删除到期授权", en="The steward deletes bindings that are to lapse, and no others"),
    resources={"rbac.authorization.k8s.io": ("rolebindings",)},
    operations=("DELETE",),
    conditions={"the-steward": _STEWARD},
    refusals=(
        Refusal(
            expression=f"{labelled('oldObject', labels.TEMPORARY, labels.LAPSES)} && "
            f"{labelled('oldObject', labels.MANAGED_BY, labels.MANAGER)} && "
            f"{labelled('namespaceObject', labels.PART, labels.PART_TENANT)}",
            message="this binding does not lapse: the steward may not delete it",
        ),
    ),
)
