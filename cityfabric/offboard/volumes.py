"""Saves what is in a tenant's volumes: a pod of the platform mounts one after the other, and hands its files out as a tar."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cityfabric.console import say
from cityfabric.offboard.kubectl import Kubectl

_IMAGE: Final = "platform/busybox:1"
_POD: Final = "cityfabric-export"
_NOBODY: Final = 65534
_SECONDS: Final = 12 * 3600  # after which the pod ends by itself, whatever became of us
_PLACE: Final = "/volume"


def save(kubectl: Kubectl, folder: Path, namespace: str, found: Iterable[Mapping[str, Any]], registry: str) -> None:
    """Write `folder` / CLAIM.tar for each volume of a namespace; a claim that never had a volume has nothing to save.

    Raises:
        EngineError: A volume cannot be mounted, or a file in it not be read.
    """
    listed = list(found)
    for claim in (each for each in listed if each["kind"] == "PersistentVolumeClaim"):
        name = claim["metadata"]["name"]
        if claim.get("status", {}).get("phase") != "Bound":
            say(f"{namespace}: the claim {name} never had a volume")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        _save(kubectl, folder / f"{name}.tar", namespace, _pod(name, _security(name, listed), registry, namespace))
        say(f"{namespace}: the volume of {name} is saved, {(folder / f'{name}.tar').stat().st_size} bytes")


def _save(kubectl: Kubectl, file: Path, namespace: str, pod: dict[str, Any]) -> None:
    where = f"--namespace={namespace}"
    _remove(kubectl, where)  # of a run that was cut off
    kubectl.apply(pod)
    try:
        kubectl.said("wait", "pod", _POD, where, "--for=condition=Ready", "--timeout=120s")
        kubectl.into(file, "exec", _POD, where, "--", "busybox", "tar", "-C", _PLACE, "-cf", "-", ".")
    finally:
        _remove(kubectl, where)


def _remove(kubectl: Kubectl, where: str) -> None:
    kubectl.said("delete", "pod", _POD, where, "--ignore-not-found", "--wait", "--grace-period=1")


def _security(claim: str, found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return as whom the application used a volume: its files may be closed to everybody else."""
    for template in _templates(found):
        spec = template.get("spec", {})
        mounted = {each.get("persistentVolumeClaim", {}).get("claimName") for each in spec.get("volumes", ())}
        if claim in mounted or _of_set(template, claim):
            parts = [spec.get("securityContext") or {}, *((each.get("securityContext") or {}) for each in spec["containers"])]
            ids = {key: part[key] for part in parts for key in ("runAsUser", "runAsGroup", "fsGroup") if key in part}
            return {"runAsUser": _NOBODY, **ids}
    return {"runAsUser": _NOBODY, "fsGroup": _NOBODY}


def _templates(found: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for each in found:
        spec = each.get("spec") or {}
        inner = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if isinstance(inner, Mapping) and "spec" in inner:
            claims = [one["metadata"]["name"] for one in spec.get("volumeClaimTemplates", ())]
            yield {**inner, "prefixes": [f"{one}-{each['metadata']['name']}-" for one in claims]}


def _of_set(template: Mapping[str, Any], claim: str) -> bool:
    """Say whether a claim was made by a StatefulSet: TEMPLATE-SET-NUMBER."""
    return any(claim.startswith(prefix) and claim.removeprefix(prefix).isdigit() for prefix in template["prefixes"])


def _pod(claim: str, security: Mapping[str, int], registry: str, namespace: str) -> dict[str, Any]:
    amount = {"cpu": "50m", "memory": "32Mi"}
    container = {
        "name": "export",
        "image": f"{registry}/{_IMAGE}",
        "command": ["sleep", str(_SECONDS)],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True},
        "resources": {"requests": amount, "limits": amount},
        "volumeMounts": [{"name": "volume", "mountPath": _PLACE, "readOnly": True}],
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "activeDeadlineSeconds": _SECONDS,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}, **security},
        "containers": [container],
        "volumes": [{"name": "volume", "persistentVolumeClaim": {"claimName": claim}}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": _POD, "namespace": namespace}, "spec": spec}
