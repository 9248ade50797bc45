"""What a tenant may make of pods, services and secrets, which the catalogue of roles does allow."""

from typing import Final

from infra.model import labels
from infra.model.base import Title
from infra.tenancy.guard import Guard, Refusal, labelled
from infra.tenancy.roles import DEPLOYER

# What Kubernetes itself gives to pods.
_TOLERATED: Final = tuple(f"node.kubernetes.io/{taint}" for taint in ("memory-pressure", "not-ready", "unreachable"))
# Another guard keeps everybody but the platform from this label.
_PLATFORMS: Final = labelled("object", labels.MANAGED_BY, labels.MANAGER)


def tenant_pods(highest_priority: int) -> Guard:
    """Return the guard of the tenants' pods; `highest_priority` is that of their priority classes."""
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


TENANT_SERVICES: Final = Guard(
    title=Title(
        zh="租户服务只指向自己的容器组", en="Services of tenants lead to their own pods, and take no address or name of others"
    ),
    resources={"": ("services",)},
    operations=("CREATE", "UPDATE"),
    parts=(labels.PART_TENANT,),
    refusals=(
        Refusal(
            expression="!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0",
            message="with an external IP a service would get what is sent to others: remove spec.externalIPs",
        ),
        Refusal(
            expression=f"!has(object.spec.type) || object.spec.type != 'ExternalName' || ({_PLATFORMS})",
            message="an ExternalName makes a gateway that trusts this service talk to others: name a service under `consumes`",
        ),
        Refusal(
            expression="!has(namespaceObject.metadata.labels) || "
            f"!(('{labels.consumes('')}' + object.metadata.name) in namespaceObject.metadata.labels) || ({_PLATFORMS})",
            message="this is the name of a shared service that the tenant consumes: choose another one",
        ),
    ),
)
TENANT_SECRETS: Final = Guard(
    title=Title(zh="不得有永不过期的账号令牌，不得冒用平台的名称", en="No token that never lapses, no name of the platform's"),
    resources={"": ("secrets",)},
    operations=("CREATE",),
    parts=(labels.PART_TENANT,),
    refusals=(
        Refusal(
            expression="!has(object.type) || object.type != 'kubernetes.io/service-account-token'",
            message="such a token never lapses: ask for one that does, by kubectl create token",
        ),
        Refusal(
            expression=f"!object.metadata.name.startsWith('{labels.RESERVED_PREFIX}') || ({_PLATFORMS})",
            message=f"secrets whose names begin with {labels.RESERVED_PREFIX} are the platform's: choose another name",
        ),
    ),
)
