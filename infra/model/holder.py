"""Who holds a role: a group or a person of the city's identity service, for good or until a day."""

from datetime import date, datetime
from typing import Annotated, Final

from pydantic import Field, TypeAdapter, WrapValidator

from infra.model.base import Model, written
from infra.model.day import Day

# No colon in a name: those with one (system:masters, say) are the cluster's own identities, and never given by data.
SUBJECT_PATTERN: Final = r"^(group|user):[a-z0-9]([-a-z0-9.@]{0,80}[a-z0-9])?$"
Subject = Annotated[
    str,
    written(SUBJECT_PATTERN, "'group:NAME' or 'user:NAME' as the city's identity service issues it, in lower case"),
]


class Temporary(Model):
    """A subject that holds a role until a day, after which the cluster itself takes the role away."""

    subject: Subject
    """Who: 'group:NAME' or 'user:NAME'."""
    until: Day
    """Last day that it holds, YYYY-MM-DD, to its end in UTC."""
    reason: Annotated[str, written(r"^\S(.*\S)?$", "one line of 1 to 200 characters, no blanks around it", 200)]
    """Why for a time only, for the access review."""

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.subject} until {self.until}"


_SHORT: Final[TypeAdapter[str]] = TypeAdapter(Subject)


def _either(value: object, _: object) -> str | Temporary:
    """Tell the two forms apart by what stands there, so that the faults of one form alone are told."""
    if isinstance(value, (dict, Temporary)):
        return Temporary.model_validate(value)
    return _SHORT.validate_python(value)


Holder = Annotated[Subject | Temporary, WrapValidator(_either)]
Holders = Annotated[tuple[Holder, ...], Field(strict=False, min_length=1)]


def subject_of(holder: str | Temporary) -> str:
    """Return who it is: `group:NAME` or `user:NAME`."""
    return holder.subject if isinstance(holder, Temporary) else holder


def has_lapsed(holder: str | Temporary, today: date) -> bool:
    """Say whether its last day is over."""
    return isinstance(holder, Temporary) and holder.until < today


def expiry(until: date) -> str:
    """Return the moment at which a last day ends, as RFC 3339 has it."""
    return f"{until.isoformat()}T23:59:59Z"


def is_over(moment: str, now: datetime) -> bool:
    """Say whether a moment as `expiry` writes it is over; one that cannot be read is, as the steward has it."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return True
    return found.tzinfo is None or found <= now
