"""Nobody is named twice for one role: what is given for good would outlive the day after which it is to end."""

from collections.abc import Iterable, Iterator

from infra.model.holder import Temporary, subject_of
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.tenant import District
from infra.model.words import FieldPath


def check_holders(parts: Parts) -> Iterator[Problem]:
    """A subject is named once for a role: for good, or until one day."""
    for part in parts.districts.values():
        if part.model is None:
            continue
        yield from _twice(part, ("administrators",), part.model.administrators)
        for name, tenant in part.model.tenants.items():
            for role, holders in tenant.roles.items():
                yield from _twice(part, ("tenants", name, "roles", role.value), holders)


def _twice(part: Part[District], path: FieldPath, holders: Iterable[str | Temporary]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, holder in enumerate(holders):
        subject = subject_of(holder)
        first = seen.setdefault(subject, number)
        if first != number:
            line = part.document.line((*path, first))
            message = f"this subject is named in line {line} already"
            yield part.problem((*path, number), subject, message, "each subject once for a role", "remove one of the two")
