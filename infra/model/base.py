"""What every model shares: the frozen base, names, titles and contacts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


def written(pattern: str, allowed: str, max_length: int | None = None) -> FieldInfo:
    """Return the constraint of a text: its pattern, and the same in words, which the loader's problems quote."""
    info: FieldInfo = Field(pattern=pattern, max_length=max_length, json_schema_extra={"x-allowed": allowed})
    return info


# A DNS label (RFC 1123) that starts with a letter and, at 30 characters, leaves room for the other parts of a namespace name
# (63 in all, see infra.model.labels.namespace_name).
NAME_PATTERN = r"^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$"
Name = Annotated[
    str,
    written(NAME_PATTERN, "lower-case letters, digits and dashes, starting with a letter, at most 30 characters"),
]


class Model(BaseModel):
    """A frozen record; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


_LINE_PATTERN = r"^\S(.*\S)?$"


class Title(Model):
    """What people call it, in both languages of the reports."""

    zh: Annotated[str, written(_LINE_PATTERN, "one line of 1 to 60 characters, no blanks around it", 60)]
    """Chinese name, at most 60 characters."""
    en: Annotated[str, written(_LINE_PATTERN, "one line of 1 to 90 characters, no blanks around it", 90)]
    """English name, at most 90 characters."""


class Contact(Model):
    """Whom the platform team reaches when something is wrong. A duty, not a person: people change, duties stay."""

    email: Annotated[
        str,
        written(r"^[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$", "an e-mail address in lower case, like duty@xihu.example", 120),
    ]
    """Duty mailbox, lower case."""
    phone: (
        Annotated[str, written(r"^\+?[0-9][0-9 -]{4,20}$", "digits, blanks and dashes in quotes, like '0571-0000 0000'")] | None
    ) = None
    """Duty telephone: digits, blanks and dashes, optionally with a leading plus."""
