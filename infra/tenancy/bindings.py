"""Who is bound to which role in an environment of a tenant: pure data, from which the bindings are made and reviewed.

Whoever holds a role until a day is bound beside the others, in a binding of that day: it is deleted in the cluster when the day
is over, without touching theirs. A binding whose day is over is none any more, so that nothing makes it again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from infra.model.holder import Holders, Temporary, has_lapsed, subject_of
from infra.model.tenant import District, Role, Tenant
from infra.tenancy.roles import DEPLOYER, DISTRICT_ADMINISTRATOR, role_name

RBAC: Final = "rbac.authorization.k8s.io"
_LOOKS: Final = frozenset({Role.AUDITOR.value, DISTRICT_ADMINISTRATOR})
_KINDS: Final = {"group": "Group", "user": "User"}


@dataclass(frozen=True, slots=True, order=True)
class Binding:
    """A role of the catalogue, given to subjects in one namespace."""

    name: str
    """Name of the RoleBinding."""
    role: str
    """The role by its name in the catalogue."""
    subjects: tuple[str, ...]
    """Who: `group:NAME`, `user:NAME` or `serviceaccount:NAMESPACE/NAME`."""
    until: date | None = None
    """Last day that it holds; None: for good."""
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Why for a time only, by subject."""


def bindings(tenant: Tenant, administrators: Holders, namespace: str, today: date, *, suspended: bool = False) -> list[Binding]:
    """Return the bindings of an environment as they are to be today; in a suspended one there are only those that look."""
    given: dict[str, Holders] = {role.value: holders for role, holders in tenant.roles.items()}
    account = Binding(role_name(DEPLOYER), DEPLOYER, (f"serviceaccount:{namespace}/{DEPLOYER}",))
    people = {**given, DISTRICT_ADMINISTRATOR: administrators}
    given_now = [*(each for role, holders in people.items() for each in _of_role(role, holders, today)), account]
    return [each for each in given_now if each.role in _LOOKS] if suspended else given_now


def lapsed(name: str, district: District, today: date) -> list[str]:
    """Return what the data of a district still says though its day is over, in words, each with what to do."""
    given: list[tuple[str, Holders]] = [(f"{name}: administrators", district.administrators)]
    for tenant, declared in district.tenants.items():
        given += [(f"{name}/{tenant}: {role.value}", holders) for role, holders in declared.roles.items()]
    return [
        f"{where}: {holder.subject} until {holder.until} is over, and is given no more; remove the line, or set another day"
        for where, holders in given
        for holder in holders
        if isinstance(holder, Temporary) and has_lapsed(holder, today)
    ]


def rbac_subject(subject: str) -> dict[str, str]:
    """Return a subject as a RoleBinding has it."""
    kind, name = subject.split(":", 1)
    if kind == "serviceaccount":
        namespace, account = name.split("/")
        return {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return {"api_group": RBAC, "kind": _KINDS[kind], "name": name}


def _of_role(role: str, holders: Iterable[str | Temporary], today: date) -> Iterator[Binding]:
    by_day: dict[date | None, list[str | Temporary]] = {}
    for holder in holders:
        if not has_lapsed(holder, today):
            by_day.setdefault(holder.until if isinstance(holder, Temporary) else None, []).append(holder)
    for until, held in by_day.items():
        reasons = {each.subject: each.reason for each in held if isinstance(each, Temporary)}
        yield Binding(_name(role, until), role, tuple(subject_of(each) for each in held), until, reasons)


def _name(role: str, until: date | None) -> str:
    return f"{role_name(role)}-until-{until.isoformat()}" if until else role_name(role)
