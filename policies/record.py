"""A rule and its examples as frozen records: all that a reviewer reads, the plan evaluates and the cluster is given."""

from typing import Annotated, Any

from pydantic import Field

from infra.model.base import Model, Title, written
from policies.terms import Control, Exempt, Level, Operation, Point, Scope, Severity, Verdict, Who

_LINE = r"^\S([^\n]*\S)?$"
Line = Annotated[str, written(_LINE, "one line of 1 to 300 characters, no blanks around it", 300)]
RuleId = Annotated[str, written(r"^[A-Z]{2}-[0-9]{2}$", "two capitals, a dash and two digits, like MR-03")]
KindName = Annotated[
    str,
    written(r"^(pod-templates|([a-z0-9.-]+/)?[A-Z][A-Za-z0-9]*)$", "Kind, GROUP/Kind, or pod-templates for all that hold pods"),
]


class Match(Model):
    """What a rule looks at."""

    kinds: Annotated[tuple[KindName, ...], Field(strict=False)] = ()
    """Kinds, as Kind, GROUP/Kind, or pod-templates for all that hold pods."""
    groups: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    """API groups, with every kind in them."""
    subresources: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    """Subresources as RESOURCE/SUBRESOURCE; they have to be named, since a resource does not cover them."""
    operations: Annotated[tuple[Annotated[Operation, Field(strict=False)], ...], Field(strict=False, min_length=1)] = (
        Operation.CREATE,
        Operation.UPDATE,
    )
    """Operations at admission; a plan creates and updates."""
    scope: Annotated[Scope, Field(strict=False)] = Scope.DEPARTMENTS
    """'departments' leaves out the platform's namespaces, by their names; 'everybody' leaves out nothing."""
    exempt: Annotated[tuple[Annotated[Exempt, Field(strict=False)], ...], Field(strict=False)] = ()
    """Whose requests pass at admission; a plan knows no identity and exempts nobody."""


class Check(Model):
    """One thing that must hold."""

    cel: Annotated[str, Field(min_length=1)]
    """What must hold, in CEL; the same text at plan and at admission."""
    message: Line
    """What is wrong, and where in the object."""
    points: Annotated[tuple[Annotated[Point, Field(strict=False)], ...], Field(strict=False)] = ()
    """Where this part holds; none: wherever the rule holds."""


class Waiver(Model):
    """Who may let somebody off a rule, and for how long."""

    by: Line
    """Who grants it."""
    days: Annotated[int, Field(ge=1, le=730)]
    """For how many days at most."""


class Rule(Model):
    """The file rules/ID.yaml: one rule, and why there is one."""

    id: RuleId
    """Name of the rule; the same as its file's."""
    title: Title
    """What people call it."""
    rationale: Line
    """Why it is there."""
    legal_basis: Annotated[tuple[Line, ...], Field(strict=False, min_length=1)]
    """Where it comes from."""
    controls: Annotated[tuple[Annotated[Control, Field(strict=False)], ...], Field(strict=False, min_length=1)]
    """Control points of GB/T 22239-2019 that it serves; the official text decides."""
    severity: Annotated[Severity, Field(strict=False)]
    """How bad a breach is."""
    level: Annotated[Level, Field(strict=False)] = Level.NEW
    """'new' for what is built anew, 'legacy' for what stands already, or 'both'."""
    points: Annotated[tuple[Annotated[Point, Field(strict=False)], ...], Field(strict=False, min_length=1)]
    """Where it is enforced."""
    match: Match = Match()
    """What it looks at; a rule in Python looks at every resource of a plan."""
    params: Annotated[tuple[Line, ...], Field(strict=False)] = ()
    """The values of the city that its text reads, as params.data.NAME."""
    checks: Annotated[tuple[Check, ...], Field(strict=False)] = ()
    """All that must hold."""
    python: Line | None = None
    """Name of the function in policies.beyond that decides it, where CEL cannot."""
    instead: Line
    """What to do instead."""
    waiver: Waiver | None = None
    """Who may waive it, and for how long; none: nobody."""
    owner: Line
    """Who answers for the rule."""
    since: Annotated[str, written(r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$", "a day like 2026-11-23")]
    """Since when it holds."""

    @property
    def family(self) -> str:
        """Return the first part of the name: rules about one subject share it."""
        return self.id.split("-", maxsplit=1)[0]

    def message(self, what: str) -> str:
        """Return the one line that people see: what is wrong, what to do instead, who grants a waiver."""
        granted = f"waiver: {self.waiver.by}, at most {self.waiver.days} days" if self.waiver else "no waiver"
        return f"{self.id}: {what}; instead: {self.instead}; {granted}"


class Example(Model):
    """The file examples/ID/{allowed,disallowed,adversarial}/NAME.yaml: one object, and what must become of it."""

    title: Line
    """What somebody tries."""
    expect: Annotated[dict[Annotated[Point, Field(strict=False)], Annotated[Verdict, Field(strict=False)]], Field(min_length=1)]
    """What this rule says at each point where the example can be tried."""
    operation: Annotated[Operation, Field(strict=False)] = Operation.CREATE
    """What the request does."""
    subresource: str = ""
    """The subresource of the request."""
    who: Annotated[Who, Field(strict=False)] = Who.DEPARTMENT
    """Who sends the request; a plan does not know."""
    token: str | None = None
    """Pulumi's type token where the object is none of Kubernetes'."""
    provider: dict[str, Any] | None = None
    """The provider that a plan names: `type`, and its `inputs`; none: one of the city's own."""
    unknown: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Fields, as dotted paths, whose values a plan does not know yet."""
    object: dict[str, Any]
    """The object, as in a manifest."""
    old: dict[str, Any] | None = None
    """The object before an update."""
