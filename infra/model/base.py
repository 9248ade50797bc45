"""What every model shares: the frozen base, names, titles and contacts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# A DNS label (RFC 1123) that starts with a letter and, at 30 characters, leaves room for the other parts of a namespace name
# (63 in all, see infra.model.labels.namespace_name).
NAME_PATTERN = r"^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$"
Name = Annotated[
    str,
    StringConstraints(pattern=NAME_PATTERN),
    Field(description="Name: lower-case letters, digits and dashes, starts with a letter, at most 30 characters"),
]


class Model(BaseModel):
    """A frozen record; an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Title(Model):
    """What people call it, in both languages of the reports."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    """Chinese name, at most 60 characters."""
    en: Annotated[str, StringConstraints(min_length=1, max_length=90)]
    """English name, at most 90 characters."""


class Contact(Model):
    """Whom the platform team reaches when something is wrong. A duty, not a person: people change, duties stay."""

    email: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=120)]
    """Duty mailbox, lower case."""
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{4,20}$")] | None = None
    """Duty telephone: digits, blanks and dashes, optionally with a leading plus."""
