"""The page of the rules: what each forbids and why, its text, and what was tried against it."""

from collections import Counter
from typing import Final

from policies.kinds import expanded
from policies.load import Loaded, load
from policies.record import Rule
from policies.shared import DEPARTMENTS, VARIABLES
from tools.markdown import code, page, table

_NOTE: Final = (
    "Controls are control points of GB/T 22239-2019 (MLPS 2.0) by this project's short names; **the official text decides**. "
    "The text of a rule is the same at plan and at admission; `true` lets an object pass. What a plan does not know yet is "
    "refused as well, on a field that a rule reads."
)


def render() -> dict[str, str]:
    """Return the page by its path."""
    loaded = load()
    if loaded.problems:
        raise ValueError("\n".join(f"policies/{problem}" for problem in loaded.problems))
    rules = loaded.rules.values()
    head = ("rule", "规则", "what", "severity", "points", "controls", "waiver")
    overview = table(head, map(_row, rules))
    shared = table(("name", "text"), ((f"`{name}`", f"`{text}`") for name, text in VARIABLES.items()))
    scope = f"Rules of scope `departments` look at what is in no namespace of the platform: `{DEPARTMENTS}`"
    sections = [_section(rule, loaded) for rule in rules]
    return page("rules", "Rules", "policies/rules", _NOTE, overview, *sections, "## Shared variables", scope, shared)


def _row(rule: Rule) -> tuple[str, ...]:
    link = f"[{rule.id}](#{rule.id.lower()})"
    return link, rule.title.zh, rule.title.en, rule.severity, code(rule.points), code(rule.controls), _waiver(rule)


def _waiver(rule: Rule) -> str:
    return f"{rule.waiver.by}, {rule.waiver.days} days" if rule.waiver else "none"


def _section(rule: Rule, loaded: Loaded) -> str:
    counts = Counter(tried.sort for tried in loaded.examples if tried.rule == rule.id)
    tried = ", ".join(f"{count} {sort}" for sort, count in sorted(counts.items()))
    lines = [
        f"## {rule.id}",
        f"**{rule.title.zh} / {rule.title.en}**: {rule.rationale}. Instead: {rule.instead}.",
        f"Legal basis: {'; '.join(rule.legal_basis)}. Looks at: {_looks(rule)}.",
        f"Examples: [{tried}](../../policies/examples/{rule.id}). Since {rule.since}; answers for it: {rule.owner}.",
    ]
    if rule.python:
        lines.append(f"Decided in Python, since CEL cannot: `policies.beyond.{rule.python}`.")
    for check in rule.checks:
        where = f" ({', '.join(check.points)} only)" if check.points else ""
        lines.append(f"Refused where it does not hold: *{check.message}*{where}\n\n```cel\n{check.cel}\n```")
    return "\n\n".join(lines)


def _looks(rule: Rule) -> str:
    match = rule.match
    if rule.python:
        return "every resource of a plan"
    groups = [f"{group}/*" for group in match.groups]
    return code([*expanded(match.kinds), *groups, *match.subresources])
