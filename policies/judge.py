"""Judge one object by all rules that look at it: what breaks a rule, what cannot be known yet, what cannot be evaluated.

Not done here: who sends a request, and who was let off a rule.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from infra.model.words import FieldPath, dotted, shortened
from policies import cel, kinds, shared
from policies.reads import Reads, reads
from policies.record import Rule
from policies.terms import Operation, Point, Scope

EVASION: Final = "GV-03"
"""The rule against whatever keeps a rule from being evaluated."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An object that somebody wants to have."""

    group: str
    kind: str
    data: Mapping[str, Any]
    unknown: Sequence[FieldPath] = ()
    """Fields whose values are not known yet."""
    old: Mapping[str, Any] | None = None
    operation: Operation = Operation.CREATE
    subresource: str = ""

    def metadata(self, key: str) -> str:
        """Return a text of the metadata; empty where there is none."""
        held = self.data.get("metadata")
        return str(held.get(key, "")) if isinstance(held, Mapping) else ""

    @property
    def namespace(self) -> str:
        """Return the namespace as a request has it: that of a namespace is itself.

        What is in none, or of a kind that nobody knows, cannot hide by naming one of the platform's.
        """
        if (self.group, self.kind) == ("", "Namespace"):
            return self.metadata("name")
        return self.metadata("namespace") if kinds.namespaced(self.group, self.kind) else ""

    def request(self) -> dict[str, Any]:
        """Return what a text may ask of the request; as at admission, what is empty is not there."""
        asked = {
            "operation": self.operation.value,
            "subResource": self.subresource,
            "namespace": self.namespace,
            "name": self.metadata("name"),
            "kind": {"group": self.group, "kind": self.kind},
        }
        return {key: value for key, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and by which rule."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """A rule, prepared."""

    rule: Rule
    checks: tuple[tuple[str, str, Reads], ...]
    """Text, message, and what the text reads."""
    variables: tuple[str, ...]


@dataclass(slots=True)
class Judge:
    """All rules of one point, ready to be asked about any number of objects."""

    rules: Mapping[str, Rule]
    params: Mapping[str, str] = field(default_factory=dict)
    """The city's own values that rules read."""
    point: Point = Point.PLAN
    _by_kind: dict[tuple[str, str], list[_Ready]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the rules by what they look at."""
        for rule in self.rules.values():
            if self.point not in rule.points or not rule.checks:
                continue
            ready = _ready(rule, self.point)
            for name in kinds.expanded(rule.match.kinds):
                self._by_kind.setdefault(kinds.split(name), []).append(ready)
            for group in rule.match.groups:
                self._by_kind.setdefault((group, "*"), []).append(ready)

    def findings(self, subject: Subject) -> list[Finding]:
        """Return all that is wrong with an object."""
        nameless = [key for key in ("apiVersion", "kind") if (key,) in subject.unknown]
        if nameless:
            return [Finding(EVASION, unnamed(nameless[0]))]
        asked = [*self._by_kind.get((subject.group, subject.kind), ()), *self._by_kind.get((subject.group, "*"), ())]
        if not asked:
            return []
        data = {
            "object": subject.data,
            "oldObject": subject.old,
            "request": subject.request(),
            "params": {"data": dict(self.params)},
        }
        if _is_platforms(subject, data):
            asked = [ready for ready in asked if ready.rule.match.scope is Scope.EVERYBODY]
        broken = _with_variables(data, {name for ready in asked for name in ready.variables})
        known = cel.activation(data)
        return [finding for ready in asked for finding in _judged(ready, subject, known, broken)]


def _ready(rule: Rule, point: Point) -> _Ready:
    checks = [check for check in rule.checks if not check.points or point in check.points]
    prepared = []
    for check in checks:
        variables = [shared.VARIABLES[name] for name in shared.needed([check.cel])]
        prepared.append((check.cel, check.message, reads([check.cel, *variables])))
    return _Ready(rule, tuple(prepared), shared.needed(check.cel for check in checks))


def _is_platforms(subject: Subject, data: Mapping[str, Any]) -> bool:
    """Tell whether an object is in a namespace of the platform; one that is not known yet is none."""
    if ("metadata", "namespace") in subject.unknown:
        return False
    return cel.evaluate(shared.DEPARTMENTS, cel.activation(data)).value is False


def _with_variables(data: dict[str, Any], wanted: Iterable[str]) -> dict[str, str]:
    """Put the values of variables into the data; return why some have none."""
    values: dict[str, Any] = {}
    broken: dict[str, str] = {}
    chosen = set(wanted)
    for name, text in shared.VARIABLES.items():
        if name in chosen:
            outcome = cel.evaluate(text, cel.activation({**data, "variables": values}))
            if outcome.failure:
                broken[name] = outcome.failure
            else:
                values[name] = outcome.value
    data["variables"] = values
    return broken


def _judged(ready: _Ready, subject: Subject, known: Any, broken: Mapping[str, str]) -> Iterator[Finding]:  # noqa: ANN401 - CEL's
    rule = ready.rule
    hidden = sorted({path for path in subject.unknown for _, _, read in ready.checks if read.reach(path)}, key=dotted)
    if hidden:
        yield Finding(EVASION, unseen(rule, hidden))
        return
    failures = [broken[name] for name in ready.variables if name in broken]
    for text, message, _ in ready.checks:
        outcome = cel.Outcome(failure=failures[0]) if failures else cel.evaluate(text, known)
        if outcome.failure:
            what = f"it cannot be evaluated: {shortened(outcome.failure)}"
            yield Finding(rule.id, rule.message(what))
            return
        if outcome.value is not True:
            yield Finding(rule.id, rule.message(message))


def unnamed(key: str) -> str:
    """Return in words that nobody can say which rules apply."""
    return f"{EVASION}: {key} is not known yet, and says which rules apply; instead: write the value itself; no waiver"


def unseen(rule: Rule, paths: Sequence[FieldPath]) -> str:
    """Return in words that a rule reads what is not known yet."""
    fields = ", ".join(dotted(path) for path in paths[:4])
    return f"{EVASION}: {rule.id} reads {fields}, not known yet; instead: write the value itself; no waiver"
