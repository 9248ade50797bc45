"""The configuration files of the cluster's programs, as data."""

import base64
import json
import secrets
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.cluster.instance import Instance

_TENANT_WRITES: Final = ["create", "update", "patch", "delete", "deletecollection"]
_RULES: Final[list[dict[str, Any]]] = [
    # Leases and events are the cluster's own heartbeat: they would bury what people do.
    {"level": "None", "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}]},
    {"level": "None", "resources": [{"group": "", "resources": ["events"]}, {"group": "events.k8s.io", "resources": ["events"]}]},
    {"level": "None", "verbs": ["get", "list", "watch"], "userGroups": ["system:nodes", "system:serviceaccounts:kube-system"]},
    {"level": "None", "verbs": ["get", "list", "watch"], "users": ["system:kube-proxy", "system:kube-scheduler"]},
    {"level": "None", "verbs": ["get", "list", "watch"], "users": ["system:kube-controller-manager", "cityfabric:kube-router"]},
    {"level": "None", "verbs": ["get", "list", "watch"], "users": ["system:apiserver"]},
    {
        "level": "None",
        "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version", "/openapi/*", "/api", "/apis", "/api/*"],
    },
    # What a secret holds never enters the log.
    {
        "level": "Metadata",
        "resources": [
            {"group": "", "resources": ["secrets", "serviceaccounts/token"]},
            {"group": "authentication.k8s.io", "resources": ["tokenreviews"]},
        ],
    },
    {"level": "Request", "verbs": _TENANT_WRITES},
    {"level": "Metadata"},
]


def write_all(instance: Instance, *, cni_plugins: Path, runc: str, pause_image: str) -> None:
    """Write every configuration file of the instance; what is already so is left alone."""
    folder = instance.config
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    documents: dict[str, Any] = {
        "audit-policy.yaml": {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "omitManagedFields": True,
            "rules": _RULES,
        },
        "kubelet.yaml": _kubelet(instance),
        "proxy.yaml": _proxy(instance),
    }
    texts = {name: yaml.safe_dump(document, sort_keys=False) for name, document in documents.items()}
    texts["containerd.toml"] = _containerd(instance, cni_plugins, runc, pause_image)
    texts["cni/10-pods.conflist"] = json.dumps(_cni(instance), indent=1)
    for name, text in texts.items():
        write_if_changed(folder / name, text)
    encryption = folder / "encryption.yaml"
    if not encryption.exists():
        write_if_changed(encryption, yaml.safe_dump(_encryption(), sort_keys=False))


def write_if_changed(path: Path, text: str, mode: int = 0o600) -> bool:
    """Write a file by one rename unless it holds the text already; say whether it was written."""
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=mode)
    fresh.write_text(text, "utf-8")
    fresh.replace(path)
    return True


def _encryption() -> dict[str, Any]:
    key = {"name": "first", "secret": base64.b64encode(secrets.token_bytes(32)).decode()}
    return {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": [{"secretbox": {"keys": [key]}}, {"identity": {}}]}],
    }


def _kubelet(instance: Instance) -> dict[str, Any]:
    pki, run = instance.pki, instance.run
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": instance.node_address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pki / "kubernetes-ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(pki / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{run}/containerd/containerd.sock",
        "clusterDNS": [instance.dns_address],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": instance.cgroup,
        "failCgroupV1": False,
        "failSwapOn": False,
        "healthzBindAddress": "127.0.0.1",
        "readOnlyPort": 0,
        "maxPods": 250,
        "podLogsDir": str(instance.logs / "pods"),
        "volumePluginDir": str(instance.state / "volume-plugins"),
        # The images cannot be pulled again, so none is ever collected.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%"},
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "nodeStatusUpdateFrequency": "5s",
        "shutdownGracePeriod": "0s",
    }


def _proxy(instance: Instance) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(instance.config / "proxy.kubeconfig")},
        "clusterCIDR": instance.pod_network,
        "hostnameOverride": instance.node,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # The limits of connection tracking belong to the whole machine and are not the sandbox's to set.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
    }


def _cni(instance: Instance) -> dict[str, Any]:
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "ranges": [[{"subnet": instance.pod_network}]],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": str(instance.run / "cni"),
        },
    }
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]}


def _containerd(instance: Instance, cni_plugins: Path, runc: str, pause_image: str) -> str:
    run = instance.run / "containerd"
    return f"""version = 3
root = "{instance.state}/containerd"
state = "{run}/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
  address = "{run}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{instance.state}/containerd/opt"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{pause_image}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["{cni_plugins}"]
  conf_dir = "{instance.config}/cni"

[plugins."io.containerd.cri.v1.runtime".containerd]
  default_runtime_name = "runc"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "{runc}"
  SystemdCgroup = false
  Root = "{run}/runc"
"""
