"""What is built, from which pinned Go module, and which versions on PATH are taken instead. Data only.

The versions of the modules stand in sandbox/go/*/go.mod and go.sum; here stands what Go's files cannot say.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

GO_FOLDER: Final = Path(__file__).parent.parent / "go"

PULUMI_VERSION: Final = "3.259.0"
PROVIDER_VERSION: Final = "4.25.0"

LINKER: Final = "-s -w"  # no debug tables: half the size, and less to link
GO_SETTINGS: Final = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
    "GOARCH": "",  # empty means the default, which go_version() names and the cache's key holds
    "GOEXPERIMENT": "",
    "GOOS": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""What decides the content of a program beside its pins; part of the cache's key."""

_KUBERNETES_LDFLAGS: Final = " ".join(
    f"-X k8s.io/component-base/version.{name}={value}"
    for name, value in {"gitVersion": "v1.37.2", "gitMajor": "1", "gitMinor": "37", "gitTreeState": "clean"}.items()
)


@dataclass(frozen=True, slots=True)
class OnPath:
    """How to see whether a program on PATH is in the pinned range."""

    arguments: tuple[str, ...]
    """Arguments that make the program print its version."""
    version: str
    """Regular expression that finds an accepted version in what it prints."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One Go module of sandbox/go and the programs that it yields."""

    module: str
    """Folder under sandbox/go."""
    targets: dict[str, str]
    """Programs by name, each with the package that it is built from."""
    usual_seconds: int
    """How long it usually takes with an empty cache on 2 cores, one other build running beside it."""
    ldflags: str = ""
    """Linker flags beside those that drop the debug tables."""
    on_path: dict[str, OnPath] = field(default_factory=dict)
    """Programs that may come from PATH instead; the module is left out when all of its programs may and do."""
    beside: str = ""
    """A program of an earlier recipe that brings this one's along when it comes from PATH."""
    scripts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Scripts taken as they are from a module that go.mod names: name -> (module, path in it)."""


def _same(package: str, *names: str) -> dict[str, str]:
    return {name: f"{package}/{name}" for name in names}


def _kubernetes_version(*arguments: str) -> OnPath:
    return OnPath(arguments=arguments, version=r"\bv?1\.37\.\d+\b")


_K8S_SERVERS: Final = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")

RECIPES: Final = (
    Recipe(
        module="kubernetes",
        targets=_same("k8s.io/kubernetes/cmd", *_K8S_SERVERS, "kubectl"),
        usual_seconds=960,
        ldflags=_KUBERNETES_LDFLAGS,
        on_path={name: _kubernetes_version("--version") for name in _K8S_SERVERS}
        | {"kubectl": _kubernetes_version("version", "--client")},
    ),
    Recipe(
        module="provider-kubernetes",
        targets={"pulumi-resource-kubernetes": "."},
        usual_seconds=870,
        ldflags=f"-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version={PROVIDER_VERSION}",
    ),
    Recipe(
        module="pulumi",
        targets={"pulumi": "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
        usual_seconds=390,
        ldflags=f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI_VERSION}",
        scripts={"pulumi-language-python-exec": ("github.com/pulumi/pulumi/sdk/v3", "python/cmd/pulumi-language-python-exec")},
        on_path={"pulumi": OnPath(("version",), rf"^v{PULUMI_VERSION}\b".replace(".", r"\."))},
    ),
    Recipe(
        module="kube-router",
        targets={"kube-router": "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"},
        usual_seconds=290,
    ),
    Recipe(
        module="containerd",
        targets=_same("github.com/containerd/containerd/v2/cmd", "containerd", "containerd-shim-runc-v2", "ctr"),
        usual_seconds=130,
    ),
    Recipe(
        module="coredns",
        targets={"coredns": "."},
        usual_seconds=130,
    ),
    Recipe(
        module="etcd",
        targets={"etcd": "go.etcd.io/etcd/server/v3"},
        usual_seconds=50,
        on_path={"etcd": OnPath(("--version",), r"etcd Version: 3\.[6-9]\.\d+")},
    ),
    Recipe(
        module="language-python",
        beside="pulumi",
        targets={"pulumi-language-python": "github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3"},
        usual_seconds=55,
    ),
    Recipe(
        module="cni",
        targets={
            "host-local": "github.com/containernetworking/plugins/plugins/ipam/host-local",
            "bridge": "github.com/containernetworking/plugins/plugins/main/bridge",
            "loopback": "github.com/containernetworking/plugins/plugins/main/loopback",
            "portmap": "github.com/containernetworking/plugins/plugins/meta/portmap",
        },
        usual_seconds=10,
    ),
    Recipe(module="images", targets=_same(".", "pause", "probe", "steward"), usual_seconds=10),
)
