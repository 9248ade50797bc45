"""Every example of every rule gets the verdict that it expects from the pack, asked as the engine asks it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from policies.load import Tried
from policies.terms import Point
from tests.policies.analyzer import catalogue, hide, refused, steps, told

EXAMPLES = [each for each in catalogue().examples if Point.PLAN in each.example.expect]
ALLOWED = [each for each in EXAMPLES if each.sort == "allowed"]
REFUSED = [
    each
    for each in EXAMPLES
    if each.example.expect[Point.PLAN] == "refused" and not each.example.unknown and catalogue().rules[each.rule].checks
]


def named(each: Tried) -> str:
    return f"{each.rule}-{each.sort}-{each.name}"


@pytest.mark.parametrize("each", EXAMPLES, ids=named)
def test_an_example_gets_the_verdict_that_it_expects(each: Tried) -> None:
    messages = told(each.example)
    assert refused(each.rule, messages) == (each.example.expect[Point.PLAN] == "refused"), messages


@pytest.mark.parametrize("each", ALLOWED, ids=named)
def test_what_one_rule_allows_no_other_rule_refuses(each: Tried) -> None:
    assert told(each.example) == []


def places(data: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - plain data
    """Yield the path of every value in data, of those that hold others too."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*at, key)
        yield from places(value, (*at, key))


def nameless(place: tuple[str | int, ...]) -> bool:
    """Tell whether nobody knows what there is, and so which rules apply, when this value is not known."""
    named = [part for part in place if part != "items" and not isinstance(part, int)]
    return place[0] in {"items", "kind", "apiVersion"} and named in ([], ["kind"], ["apiVersion"])


@pytest.mark.parametrize("each", REFUSED, ids=named)
def test_nothing_that_is_refused_passes_by_hiding_a_value(each: Tried) -> None:
    for place in places(each.example.object):
        hidden = copy.deepcopy(each.example.object)
        hide(hidden, list(place))
        messages = told(each.example.model_copy(update={"object": hidden}))
        seen = refused(each.rule, messages) or (nameless(place) and refused("GV-03", messages))
        assert seen, f"{place} hides it: {messages}"


def test_a_path_is_read_as_it_is_written() -> None:
    assert steps("spec.volumes.0.name") == ["spec", "volumes", 0, "name"]
    assert steps("metadata.labels[a.b/c]") == ["metadata", "labels", "a.b/c"]
