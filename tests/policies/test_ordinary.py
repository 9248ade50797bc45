"""What a department builds on an ordinary day passes every rule."""

import copy
from typing import Any

import pytest

from tests.policies.analyzer import CITYS, analyse, token_of

HOME = "east-education-prod"
DIGEST = "@sha256:" + "0123456789abcdef" * 4
SECRET = {"secretKeyRef": {"name": "population-binding", "key": "password"}}
SELECTOR = {"matchLabels": {"app.kubernetes.io/name": "portal"}}
AMOUNTS = {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": 1, "memory": "512Mi"}}
CONFINED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def container(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
    image = f"registry.tiny.example/edu/portal{DIGEST}"
    return {"name": "portal", "image": image, "resources": AMOUNTS, "securityContext": CONFINED, **more}


def spec(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
    confined = {"runAsNonRoot": True, "runAsUser": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "automountServiceAccountToken": False,
        "securityContext": confined,
        "containers": list(containers) or [container()],
        **more,
    }


def named(version: str, kind: str, /, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
    metadata = {"name": "portal", "namespace": HOME, "labels": {"app.kubernetes.io/name": "portal"}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def deployment(pod: dict[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app.kubernetes.io/name": "portal", "version": "2"}}, "spec": pod}
    return named("apps/v1", "Deployment", spec={"replicas": 3, "selector": SELECTOR, "template": template})


def cron(pod: dict[str, Any]) -> dict[str, Any]:
    job = {"spec": {"backoffLimit": 2, "template": {"spec": {**pod, "restartPolicy": "OnFailure"}}}}
    return named("batch/v1", "CronJob", spec={"schedule": "0 3 * * *", "jobTemplate": job})


PROBE = {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 10}
TERM = {"labelSelector": SELECTOR, "topologyKey": "kubernetes.io/hostname"}
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "topology.kubernetes.io/zone",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": SELECTOR,
}
PREFERRED = [{"weight": 1, "podAffinityTerm": TERM}]
CLAIM = {"accessModes": ["ReadWriteOnce"], "storageClassName": "city-standard", "resources": {"requests": {"storage": "10Gi"}}}
BACKEND = {"service": {"name": "portal", "port": {"number": 80}}}
PATHS = {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}

ORDINARY: dict[str, dict[str, Any]] = {
    "web": deployment(spec(container(ports=[{"containerPort": 8080}], readinessProbe=PROBE, livenessProbe=PROBE))),
    "web with a database of the city": deployment(
        spec(
            container(
                env=[
                    {"name": "DB_HOST", "value": "population"},
                    {"name": "DB_PORT", "value": "5432"},
                    {"name": "DB_PASSWORD", "valueFrom": SECRET},
                    {"name": "JDBC_URL", "value": "jdbc:postgresql://population:5432/x?sslmode=verify-full"},
                    {"name": "TOKEN_LIFETIME", "value": "3600"},
                ]
            )
        )
    ),
    "all of a secret as settings": deployment(spec(container(envFrom=[{"secretRef": {"name": "settings"}}]))),
    "migration before the start": deployment(spec(initContainers=[container(name="migrate", args=["migrate", "--wait"])])),
    "sidecar for logs": deployment(spec(initContainers=[container(name="logs", restartPolicy="Always")])),
    "two containers": deployment(spec(container(), container(name="metrics", ports=[{"containerPort": 9100}]))),
    "apart from each other": deployment(
        spec(affinity={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": PREFERRED}})
    ),
    "over zones": deployment(spec(topologySpreadConstraints=[SPREAD])),
    "on a pool": deployment(spec(nodeSelector={"cityfabric.io/pool": "arm", "kubernetes.io/arch": "arm64"})),
    "batch priority": cron(spec(priorityClassName="tenant-batch")),
    "volumes": deployment(
        spec(
            volumes=[
                {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
                {"name": "pod", "downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
                {"name": "all", "projected": {"sources": [{"configMap": {"name": "a"}}, {"secret": {"name": "b"}}]}},
                {"name": "data", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}},
            ]
        )
    ),
    "short-lived volume of the city": deployment(
        spec(volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}])
    ),
    "an account of its own": deployment(spec(serviceAccountName="portal", automountServiceAccountToken=True)),
    "polite end": deployment(spec(container(lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}}))),
    "waits for what is not ready": deployment(
        spec(tolerations=[{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 30}])
    ),
    "nightly report": cron(spec(container(command=["report", "--from=yesterday", "--to=/data/out.csv"]))),
    "a call to a shared service": cron(spec(container(args=["https://authentication.zone-extranet.svc:8443/keys"]))),
    "stateful": named(
        "apps/v1",
        "StatefulSet",
        spec={
            "serviceName": "portal",
            "selector": SELECTOR,
            "template": {"metadata": {"labels": SELECTOR["matchLabels"]}, "spec": spec()},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": CLAIM}],
        },
    ),
    "job": named("batch/v1", "Job", spec={"parallelism": 4, "template": {"spec": {**spec(), "restartPolicy": "Never"}}}),
    "pod": named("v1", "Pod", spec=spec()),
    "service": named("v1", "Service", spec={"selector": SELECTOR["matchLabels"], "ports": [{"port": 80, "targetPort": "http"}]}),
    "headless service": named("v1", "Service", spec={"clusterIP": "None", "selector": SELECTOR["matchLabels"]}),
    "claim": named("v1", "PersistentVolumeClaim", spec=CLAIM),
    "settings": named("v1", "ConfigMap", data={"nginx.conf": "proxy_pass http://portal:8080;", "mode": "prod"}),
    "secret": named("v1", "Secret", type="Opaque", stringData={"key": "made-up"}),
    "certificate": named("v1", "Secret", type="kubernetes.io/tls", data={"tls.crt": "LS0t", "tls.key": "LS0t"}),
    "account": named("v1", "ServiceAccount", automountServiceAccountToken=False),
    "ingress": named(
        "networking.k8s.io/v1",
        "Ingress",
        spec={"ingressClassName": "city-internet", "rules": [{"host": "portal.example", "http": PATHS}]},
    ),
    "autoscaler": named(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={"maxReplicas": 9, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "portal"}},
    ),
    "disruption budget": named("policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": SELECTOR}),
}


@pytest.mark.parametrize("what", ORDINARY)
def test_what_departments_build_on_an_ordinary_day_passes(what: str) -> None:
    each = copy.deepcopy(ORDINARY[what])
    assert analyse(token_of(each), each, CITYS) == []
