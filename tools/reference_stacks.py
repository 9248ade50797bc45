"""The pages of the labels and of the stacks: what every object carries, and what each kind of stack makes."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from infra.metadata import APPLIED, POD_SECURITY, UNAWAITED
from infra.model import labels
from infra.model.base import Model
from infra.outputs import CityOutputs, DistrictOutputs
from tools.markdown import code, first_line, page, table

PLANS: Final = Path(__file__).resolve().parent.parent / "tests" / "plans"
_TENANT: Final = "namespaces of tenants"
_BOTH: Final = "namespaces of tenants and zones"
_PLATFORM: Final = f"{_BOTH}, the platform's own"
_LAPSING: Final = "role bindings until a day"
MEANINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    labels.MANAGED_BY: ("everything", f"`{labels.MANAGER}`", "This project made it and keeps it; the usual label of Kubernetes."),
    labels.CITY: (f"{_PLATFORM}, cluster roles, priority classes, guards", "name of the city", "The city that it belongs to."),
    labels.PART: (
        _PLATFORM,
        f"`{labels.PART_TENANT}`, `{labels.PART_ZONE}` or `{labels.PART_PLATFORM}`",
        "What the namespace is for.",
    ),
    labels.ZONE: (_BOTH, "name of the zone", "The security zone; the network policies choose by it."),
    labels.PROTECTION_LEVEL: (_BOTH, "1 to 4", "Protection level of the system, or the highest that the zone holds."),
    labels.DISTRICT: (_TENANT, "name of the district", "The district that has the tenant."),
    labels.TENANT: (_TENANT, "name of the tenant", "The tenant, by its name within the district."),
    labels.ENVIRONMENT: (_TENANT, "name of the environment", "The environment; the namespace is `DISTRICT-TENANT-ENVIRONMENT`."),
    labels.EGRESS: (_TENANT, "`closed`, `trusted`, `public`", "How far outside the cluster it may reach."),
    labels.OWNER: (_TENANT, "name of the department", "The department that leads the application."),
    labels.COST_CODE: (_TENANT, "such as `HZ-XH-EDU`", "The budget code that a statement names."),
    labels.consumes("SERVICE"): (
        _TENANT,
        f"`{labels.CONSUMES}`",
        "It may reach that shared service; one label for each service under `consumes`.",
    ),
    labels.POOL: (
        "nodes",
        "name of the pool",
        "The platform team sets it; a workload may choose nodes by nothing else (rule MR-05).",
    ),
    labels.GATEWAY: (
        "pods of a gateway",
        "name of the gateway",
        "Whoever deploys a gateway sets it; the policies find the pods by it.",
    ),
    labels.OFFBOARDING: (_TENANT, "name of the offboarding", "The tenant leaves, and the namespace is closed."),
    labels.TEMPORARY: (_LAPSING, f"`{labels.LAPSES}`", "The cluster itself deletes it when it has lapsed."),
    labels.SERVICE: (
        "pods of a shared service, all that leads to it",
        "name of the service",
        "Likewise for a shared service. The Service in its zone has it too, and each endpoint and service binding.",
    ),
}
ANNOTATIONS: Final[Mapping[str, tuple[str, str, str]]] = {
    labels.TITLE: (
        f"{_PLATFORM}, cluster roles, guards, what leads to a shared service",
        "Chinese / English",
        "What people call it.",
    ),
    labels.CONTACT: (_TENANT, "mailbox and telephone", "Whom to reach about it."),
    labels.DECLARED_IN: (_BOTH, "path in the repository", "The file to change."),
    labels.TEMPLATE: (
        _TENANT,
        "`NAME VERSION`",
        "The template that the tenant was made from; `cityfabric fleet` tells who is behind.",
    ),
    labels.STOPPED: (
        "workloads of a tenant that leaves",
        "a number, or `running`",
        "How many replicas it had, or that it was not suspended; `cityfabric offboard withdraw` starts it again so.",
    ),
    labels.EXPIRES: (_LAPSING, "a moment, as RFC 3339 has it", "When it lapses; one that cannot be read has lapsed."),
    labels.REASON: (_LAPSING, "subjects, each with a reason", "Why for a time only."),
    **{
        name: ("Services", f"`{value}`", "Pulumi waits for no pods behind it: they come when somebody deploys them.")
        for name, value in UNAWAITED.items()
    },
    labels.WAIVER: (
        "an object that breaks a rule",
        "names of waivers, with commas",
        "The waivers that it was given; the register decides.",
    ),
    **dict.fromkeys(APPLIED, ("everything", "", "How Pulumi applies it: one field manager, by force (ADR 0008).")),
}
_KINDS: Final[Mapping[str, tuple[str, type[Model]]]] = {
    "city": (
        "What all tenants stand on: cluster roles, priority classes, guards, the steward, the platform's namespace of each zone.",
        CityOutputs,
    ),
    "district": ("The tenants of one district, or of the municipal level.", DistrictOutputs),
}
_KEYS: Final = (
    ("kind", "`city` or `district`", "both", "Which kind of stack it is."),
    ("city", "a folder in `stacks/`", "both", "Which city."),
    ("district", "a district of that city", "`district`", "Which district."),
    ("cluster", "UID of the namespace `kube-system`", "both", "The one cluster that the stack works on; any other is refused."),
)
_EXAMPLE: Final = ("tiny", "district east", "east-education-prod")


def render() -> dict[str, str]:
    """Return the pages by their paths."""
    return _labels() | _stacks()


def _labels() -> dict[str, str]:
    head = ("name", "on", "value", "meaning")
    pod_security = (
        (f"`{name}`", _BOTH, f"`{value}`", "Kubernetes' own: a pod that breaks the profile is refused, audited and warned of.")
        for name, value in POD_SECURITY.items()
    )
    notes = {name: (on, value or f"`{APPLIED[name]}`", meaning) for name, (on, value, meaning) in ANNOTATIONS.items()}
    return page(
        "labels",
        "Labels and annotations",
        "infra/model/labels.py, infra/metadata.py",
        "Policies, reports and people find everything by these. They are the platform's: nobody in a tenant may change a "
        "namespace. A change of one of them stands in the changelog, with a note on how to get over.",
        "## Labels",
        table(head, [*((f"`{name}`", *rest) for name, rest in MEANINGS.items()), *pod_security]),
        "## Annotations",
        table(head, ((f"`{name}`", *rest) for name, rest in notes.items())),
    )


def _stacks() -> dict[str, str]:
    return page(
        "stacks",
        "Stacks",
        "infra/outputs.py, tests/plans/",
        "One program, many stacks ([ADR 0002](../adr/0002-one-project-many-stacks.md)). What a stack is stands in its config, in "
        "`stacks/config/Pulumi.STACK.yaml`. `cityfabric` names its stacks `INSTANCE.CITY.city` and `INSTANCE.CITY.DISTRICT`; "
        "the name is a label.",
        "## Config",
        table(("key", "value", "kinds", "meaning"), ((f"`cityfabric:{key}`", *rest) for key, *rest in _KEYS)),
        "The cluster is the current context of the file that `KUBECONFIG` names.",
        *(_kind(kind, *about) for kind, about in _KINDS.items()),
        "## What an environment of a tenant gets",
        _environment(),
    )


def _kind(kind: str, words: str, outputs: type[Model]) -> str:
    plans = [yaml.safe_load((PLANS / f"{city}.yaml").read_text("utf-8")) for city in ("tiny", "hangzhou")]
    counts = [Counter[str]() for _ in plans]
    for total, plan in zip(counts, plans, strict=True):
        for name, stack in plan.items():
            total.update(stack["counts"] if name.split(" ", 1)[0] == kind else {})
    made = table(
        ("type", "in `tiny`, all stacks of the kind", "in `hangzhou`"),
        ((f"`{name}`", *(total[name] for total in counts)) for name in sorted({name for total in counts for name in total})),
    )
    fields = table(
        ("output", "meaning"), ((f"`{name}`", first_line(field.description)) for name, field in outputs.model_fields.items())
    )
    return f"## Kind `{kind}`\n\n{words}\n\n{made}\n\nOutputs, only names and counts, no secrets:\n\n{fields}"


def _environment() -> str:
    city, stack, name = _EXAMPLE
    found: dict[str, Any] = yaml.safe_load((PLANS / f"{city}.yaml").read_text("utf-8"))[stack]["namespaces"][name]
    rows = (
        ("Namespace", code([name]), "with the labels of [labels](labels.md); pod security `restricted`"),
        (
            "NetworkPolicy",
            code(found["policies"]),
            "closed; then DNS, its own pods, the zone matrix, consumed services and egress level",
        ),
        (
            "Service",
            code(f"{name}: {where}" for name, where in found["services"].items()),
            "the endpoint of each shared service that it consumes: its name and port, from any pod",
        ),
        (
            "Secret",
            code(f"{name}: {kind}" for name, kind in found["secrets"].items()),
            "its service binding, for pods to mount; no credentials in it",
        ),
        ("RoleBinding", code(found["roles"]), "for people and groups, by the [catalogue](roles.md)"),
        ("ServiceAccount", "`deployer`", "for the pipeline; its token is mounted nowhere by itself"),
        ("ResourceQuota", code(f"{key}={value}" for key, value in found["quota"].items()), "all that there is, and guaranteed"),
        ("LimitRange", "`limits`", "a pod that states nothing runs; none can ask for more than the quota"),
    )
    return f"For example `{name}` of the city `{city}`:\n\n{table(('kind', 'which', 'what for'), rows)}"
