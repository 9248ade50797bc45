"""Rules that CEL cannot express: what a plan is made with. Each function yields what is wrong with a resource of a plan."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from infra.model import labels
from infra.model.words import FieldPath, dotted, shortened
from policies.plain import UNKNOWN, Plain

KUBERNETES: Final = "kubernetes"
_PROVIDER: Final = "pulumi:providers:"
_OWN_PACKAGES: Final = frozenset({KUBERNETES, "pulumi", labels.MANAGER})
# What is made by a program of its own at `up`, so that no plan shows the objects in it.
_UNSEEN: Final = frozenset({"kubernetes:helm.sh/v3:Release"})
GROUPS: Final = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "discovery.k8s.io",
        "gateway.networking.k8s.io",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
    }
)
"""The API groups that a plan may use; each other rule says what in them may not be."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider that a resource is made with."""

    token: str
    name: str
    props: Plain


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource as a plan shows it."""

    token: str
    props: Plain
    provider: Provider | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = True

    @property
    def package(self) -> str:
        """Return the package of the resource; of a provider, the one that it serves."""
        return self.token.removeprefix(_PROVIDER).split(":", 1)[0]

    @property
    def is_provider(self) -> bool:
        """Tell whether the resource is a provider itself."""
        return self.token.startswith(_PROVIDER)


def provider(planned: Planned) -> Iterator[str]:
    """MR-11: a plan talks to the city's clusters, by what the city gave out, and to nothing else."""
    if planned.is_provider and planned.package == KUBERNETES:
        yield from _unfit(planned.props.data, planned)
    elif planned.package == KUBERNETES and planned.provider is not None:
        if planned.provider.name.startswith("default"):
            yield "the default provider takes whatever cluster the shell points to"
        else:
            yield from _unfit(planned.provider.props.data, planned)


def _unfit(inputs: Mapping[str, Any], planned: Planned) -> Iterator[str]:
    if inputs.get("renderYamlToDirectory"):
        yield "renderYamlToDirectory writes files that no rule sees applied"
        return
    if not _inline(inputs.get("kubeconfig")):
        yield "the kubeconfig of the provider is no inline text, so that it can change between plan and run"
    clusters = planned.params.get("clusters", "").split()
    named = inputs.get("clusterIdentifier")
    if named not in clusters:
        yield f"clusterIdentifier = {shortened(named)} is none of the city's clusters"


def _inline(text: object) -> bool:
    if not isinstance(text, str) or text in {UNKNOWN, ""}:
        return False
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    return isinstance(read, Mapping) and "clusters" in read


def package(planned: Planned) -> Iterator[str]:
    """MR-12: a plan is made of packages and kinds that the city knows."""
    component = planned.provider is None and not planned.is_provider
    if planned.token.startswith(("pulumi-python:", "pulumi-nodejs:")):
        yield "a dynamic provider runs whatever its program says"
    elif planned.package not in _OWN_PACKAGES and not component:
        yield f"the package {shortened(planned.package)} is not on the city's list"
    elif planned.token in _UNSEEN:
        yield "a Helm release is unpacked at the run, so that no plan shows what is in it"
    elif planned.package == KUBERNETES and not planned.is_provider:
        group = group_of(planned)
        if group is not None and group not in GROUPS:
            yield f"the API group {shortened(group)} is not on the city's list"


def group_of(planned: Planned) -> str | None:
    """Return the API group of an object; None where the resource is no object."""
    version = planned.props.data.get("apiVersion")
    if not isinstance(version, str):
        return None
    return version.rpartition("/")[0]


def evasion(planned: Planned) -> Iterator[str]:
    """GV-03: nothing keeps a rule from being evaluated."""
    for path in planned.props.forged[:4]:
        yield f"{dotted(path)} holds the mark of an unknown value inside a text or a key, where no engine writes one"
    for path in planned.props.unknown:
        if planned.package == KUBERNETES and path[0] == "items" and path[-1 - isinstance(path[-1], int)] == "items":
            yield f"{dotted(path)} is not known yet, so that nobody can say which objects there are"
    if not planned.dry_run and planned.props.unknown:
        yield f"{dotted(planned.props.unknown[0])} holds the mark of an unknown value in a run, where all is known"


_CAPITAL: Final = re.compile(
    r"(^|[^a-z])(racks?|cabinets?|(physical_?)?servers?|bare_?metal|ups|generators?|cooling_?units?|room_?leases?|server_?rooms?)($|[^a-z])"
    r"|机柜|机架|服务器|不间断电源|机房|精密空调"
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def capital(planned: Planned) -> Iterator[str]:
    """MR-13: nothing is declared that is bought and stands somewhere: in a component, or in the notes of an object."""
    if planned.is_provider:
        return
    data = planned.props.data
    if planned.package == KUBERNETES:
        held = data.get("metadata")
        data = {key: held.get(key) for key in ("annotations", "labels")} if isinstance(held, Mapping) else {}
    elif planned.provider is not None or planned.package in _OWN_PACKAGES:
        return
    for path in _keys(data, ()):
        if _CAPITAL.search(_HUMP.sub("_", str(path[-1])).lower()):
            yield f"{dotted(path)} declares a capital item"


def _keys(data: object, at: FieldPath) -> Iterator[FieldPath]:
    pairs = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        if isinstance(key, str):
            yield (*at, key)
        yield from _keys(value, (*at, key))


RULES: Final[Mapping[str, Callable[[Planned], Iterator[str]]]] = {
    "provider": provider,
    "package": package,
    "evasion": evasion,
    "capital": capital,
}
"""The functions by the names that rules call them by."""
