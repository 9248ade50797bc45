"""Proves that a new tenant works: its own service account runs a job in it."""

from typing import Any, Final, cast

from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError, ConditionError
from lightkube.models.authentication_v1 import TokenRequestSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import ServiceAccountToken
from lightkube.types import CascadeType

from cityfabric import platform
from cityfabric.errors import EngineError, UserError
from cityfabric.settings import Settings
from infra.kubeconfig import KubeconfigError, self_contained
from infra.tenancy.roles import DEPLOYER

_NAME: Final = "onboarding"
_TOKEN_SECONDS: Final = 600
_IMAGE: Final = "platform/busybox:1"


def prove(settings: Settings, registry: str, namespace: str) -> None:
    """Run a job in a namespace as its deployer, and take it away.

    Raises:
        EngineError: The deployer may not, or the job did not end well.
    """
    with platform.asked(settings) as api:
        token = ServiceAccountToken(metadata=ObjectMeta(), spec=TokenRequestSpec(audiences=[], expirationSeconds=_TOKEN_SECONDS))
        answer = api.create(token, DEPLOYER, namespace=namespace)
    secret = answer.status.token if answer.status else ""
    try:
        config = self_contained(settings.kubeconfig)
    except KubeconfigError as error:
        raise UserError(str(error), "set KUBECONFIG to one that works with kubectl") from None
    config["users"][0]["user"] = {"token": secret}
    with Client(KubeConfig.from_dict(config), namespace=namespace) as deployer:
        try:
            deployer.create(cast("Job", Job.from_dict(_job(registry, namespace))))
            deployer.wait(Job, _NAME, for_conditions=["Complete"], raise_for_conditions=["Failed"])
            deployer.delete(Job, _NAME, cascade=CascadeType.BACKGROUND)
        except (ApiError, ConditionError) as error:
            raise EngineError(
                f"the deployer of {namespace} could not run a job: {error}", "look at: kubectl get events"
            ) from error


def _job(registry: str, namespace: str) -> dict[str, Any]:
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    amount = {"cpu": "50m", "memory": "16Mi"}
    container = {
        "name": "works",
        "image": f"{registry}/{_IMAGE}",
        "command": ["/bin/true"],
        "securityContext": restricted,
        "resources": {"requests": amount, "limits": amount},
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    spec = {"backoffLimit": 0, "activeDeadlineSeconds": 60, "template": {"spec": pod}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": _NAME, "namespace": namespace}, "spec": spec}
