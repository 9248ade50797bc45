"""One small object of each kind that somebody in a tenant may make: none of them runs anything but the pod."""

from typing import Any, Final

from tests.town import pod

SAMPLE: Final = "sample"
_TEMPLATE: Final[dict[str, Any]] = {
    "metadata": {"labels": {"app": SAMPLE}},
    "spec": {key: value for key, value in pod("any", "serve", "8443")["spec"].items() if key != "restartPolicy"},
}
_JOB: Final[dict[str, Any]] = {
    "suspend": True,
    "template": {"metadata": {}, "spec": {**_TEMPLATE["spec"], "restartPolicy": "Never"}},
}
_SPECS: Final[dict[tuple[str, str], tuple[str, str, dict[str, Any]]]] = {
    # (group, resource): apiVersion, kind, all but the metadata
    ("", "configmaps"): ("v1", "ConfigMap", {"data": {"key": "value"}}),
    ("", "persistentvolumeclaims"): (
        "v1",
        "PersistentVolumeClaim",
        {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}},
    ),
    ("", "pods"): ("v1", "Pod", {"spec": pod("any", "serve", "8443", cpu="20m")["spec"]}),
    ("", "secrets"): ("v1", "Secret", {"stringData": {"key": "value"}}),
    ("", "serviceaccounts"): ("v1", "ServiceAccount", {}),
    ("", "services"): ("v1", "Service", {"spec": {"ports": [{"port": 80}], "selector": {"app": SAMPLE}}}),
    ("apps", "deployments"): (
        "apps/v1",
        "Deployment",
        {"spec": {"replicas": 0, "selector": {"matchLabels": {"app": SAMPLE}}, "template": _TEMPLATE}},
    ),
    ("apps", "statefulsets"): (
        "apps/v1",
        "StatefulSet",
        {"spec": {"replicas": 0, "serviceName": SAMPLE, "selector": {"matchLabels": {"app": SAMPLE}}, "template": _TEMPLATE}},
    ),
    ("autoscaling", "horizontalpodautoscalers"): (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        {"spec": {"maxReplicas": 1, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": SAMPLE}}},
    ),
    ("batch", "cronjobs"): (
        "batch/v1",
        "CronJob",
        {"spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": _JOB}}},
    ),
    ("batch", "jobs"): ("batch/v1", "Job", {"spec": _JOB}),
    ("policy", "poddisruptionbudgets"): (
        "policy/v1",
        "PodDisruptionBudget",
        {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": SAMPLE}}}},
    ),
}
KINDS: Final = frozenset(_SPECS)
"""(API group, resource) of each sample."""


def sample(group: str, resource: str, name: str = SAMPLE) -> dict[str, Any]:
    """Return the sample of a kind under a name."""
    version, kind, rest = _SPECS[group, resource]
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **rest}


def version(group: str, resource: str) -> str:
    """Return the version in which the sample of a kind is written."""
    return _SPECS[group, resource][0].rpartition("/")[2]


def path(group: str, resource: str, namespace: str, name: str = "") -> str:
    """Return the path of a kind's objects in a namespace, or of one of them."""
    version = _SPECS[group, resource][0]
    root = f"/apis/{version}" if group else "/api/v1"
    return f"{root}/namespaces/{namespace}/{resource}{f'/{name}' if name else ''}"
