"""No check of a rule can be left out without an example that tells: each is the only one that refuses something."""

from dataclasses import replace

import pytest

from policies.judge import Judge
from policies.plain import plain
from policies.plan import subjects
from policies.record import Example
from policies.terms import Point
from tests.policies.analyzer import RUN, catalogue, token_of

CASES = [
    (key, index)
    for key, rule in catalogue().rules.items()
    for index, check in enumerate(rule.checks)
    if Point.PLAN in (check.points or rule.points)
]


def refuses(judge: Judge, rule: str, example: Example) -> bool:
    data = plain(example.object)
    asked = [replace(each, old=example.old, operation=example.operation) for each in subjects(token_of(example.object), data)]
    return any(finding.rule == rule for each in asked for finding in judge.findings(each))


@pytest.mark.parametrize(("key", "index"), CASES)
def test_without_this_check_something_would_pass(key: str, index: int) -> None:
    rule = catalogue().rules[key]
    weaker = rule.model_copy(update={"checks": tuple(each for at, each in enumerate(rule.checks) if at != index)})
    judges = Judge({key: rule}, RUN.params), Judge({key: weaker}, RUN.params)
    examples = [each.example for each in catalogue().examples if each.rule == key and not each.example.unknown]
    told = [each for each in examples if refuses(judges[0], key, each) and not refuses(judges[1], key, each)]
    assert told, f"{key}: no example is refused by this alone: {rule.checks[index].cel}"
