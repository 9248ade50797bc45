"""A kubeconfig, read whole: with the contents of all files that it refers to, and of one cluster that can be verified."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

MEND: Final = "mend: export KUBECONFIG=FILE with the kubeconfig of the stack's cluster"
_FILES: Final = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
}


class KubeconfigError(Exception):
    """A kubeconfig that cannot be used; the message says what mends it, and quotes no credential."""


def named_by(environment: Mapping[str, str]) -> Path:
    """Return the file that KUBECONFIG names.

    Raises:
        KubeconfigError: It names none, or several.
    """
    text = environment.get("KUBECONFIG", "")
    if not text:
        raise KubeconfigError(f"KUBECONFIG is not set, and no cluster is taken by default; {MEND}")
    if os.pathsep in text:
        raise KubeconfigError(f"KUBECONFIG names several files, so the cluster is not plain; {MEND}")
    return Path(text).expanduser().absolute()


def self_contained(file: Path) -> dict[str, Any]:
    """Return the current context of a kubeconfig alone, with the contents of all files that it refers to.

    Raises:
        KubeconfigError: It cannot be used, or its cluster not be verified.
    """
    try:
        whole = yaml.safe_load(file.read_text(encoding="utf-8"))
        context = _named(whole, "context", whole["current-context"])
        cluster = _embedded(_named(whole, "cluster", context["cluster"]), file.parent)
        user = _embedded(_named(whole, "user", context["user"]), file.parent)
        server = str(cluster["server"])
    except OSError as error:
        raise KubeconfigError(f"KUBECONFIG: cannot read {error.filename}: {error.strerror}; {MEND}") from None
    except (yaml.YAMLError, KeyError, TypeError, StopIteration):
        # The error itself would quote the file, and with it credentials.
        raise KubeconfigError(f"KUBECONFIG: {file} is no kubeconfig with a current context; {MEND}") from None
    if not server.startswith("https://") or cluster.get("insecure-skip-tls-verify"):
        raise KubeconfigError(f"KUBECONFIG: the identity of {server} cannot be verified: use https with verified TLS; {MEND}")
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "cluster",
        "contexts": [{"name": "cluster", "context": {"cluster": "cluster", "user": "cluster"}}],
        "clusters": [{"name": "cluster", "cluster": cluster}],
        "users": [{"name": "cluster", "user": user}],
    }


def _named(whole: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    found = next(each[kind] for each in whole[f"{kind}s"] if each["name"] == name)
    return dict(found)


def _embedded(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    result = dict(entry)
    for key, data_key in _FILES.items():
        if key in result:
            content = (folder / result.pop(key)).read_bytes()
            result.setdefault(data_key, base64.b64encode(content).decode("ascii"))
    if "tokenFile" in result:
        result["token"] = (folder / result.pop("tokenFile")).read_text(encoding="utf-8").strip()
    return result
