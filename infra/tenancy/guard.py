"""What a guard is: a rule of admission as data, which infra.tenancy.guards turns into an object of the cluster."""

from collections.abc import Mapping
from typing import Literal

from infra.model.base import Model, Title

Operation = Literal["CREATE", "UPDATE", "DELETE"]


class Refusal(Model):
    """What must hold, and what is said when it does not."""

    expression: str
    """In CEL; true lets the request pass."""
    message: str
    """What is wrong and what to do instead."""


class Guard(Model):
    """A rule of admission."""

    title: Title
    """What it keeps, in one line."""
    resources: Mapping[str, tuple[str, ...]]
    """Which resources it looks at, by API group."""
    operations: tuple[Operation, ...]
    """Which operations on them."""
    parts: tuple[str, ...] = ()
    """In namespaces for what; none: everywhere."""
    objects: Mapping[str, str] = {}
    """Only objects with these labels, before or after."""
    conditions: Mapping[str, str] = {}
    """Only requests for which all of these hold, in CEL by name."""
    refusals: tuple[Refusal, ...]
    """What must hold."""


def labelled(what: str, key: str, value: str | None = None) -> str:
    """Return in CEL whether an object has a label, of that value if one is named."""
    found = f"has({what}.metadata.labels) && '{key}' in {what}.metadata.labels"
    return f"{found} && {what}.metadata.labels['{key}'] == '{value}'" if value else found
