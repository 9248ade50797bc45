"""Kubeconfigs of the instance: complete in themselves, with the authority's certificate, never unverified."""

import base64
from pathlib import Path

import yaml

from sandbox.cluster.files import write_if_changed
from sandbox.cluster.instance import Instance

# Who gets a kubeconfig: the file's name and the certificate's.
_HOLDERS = ("controller-manager", "scheduler", "kubelet", "proxy", "router", "bootstrap")


def write_all(instance: Instance) -> None:
    """Write the kubeconfig of every program, and the platform engineer's."""
    for holder in _HOLDERS:
        _write(instance, holder, instance.config / f"{holder}.kubeconfig")
    _write(instance, "platform-engineer", instance.kubeconfig)


def _write(instance: Instance, holder: str, path: Path) -> None:
    def data(name: str) -> str:
        return base64.b64encode((instance.pki / name).read_bytes()).decode()

    context = {"cluster": instance.name, "user": holder, "namespace": "default"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": instance.name,
        "clusters": [
            {
                "name": instance.name,
                "cluster": {"server": instance.api_url, "certificate-authority-data": data("kubernetes-ca.crt")},
            }
        ],
        "users": [
            {
                "name": holder,
                "user": {"client-certificate-data": data(f"{holder}.crt"), "client-key-data": data(f"{holder}.key")},
            }
        ],
        "contexts": [{"name": instance.name, "context": context}],
    }
    write_if_changed(path, yaml.safe_dump(document, sort_keys=False))
