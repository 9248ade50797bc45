"""A binding that was declared until a day and is gone after it is no drift: nothing makes it again."""

from typing import Any

import pytest

from cityfabric.drift.compare import Ref, reference
from cityfabric.drift.declared import Declared
from cityfabric.drift.find import State, find
from infra.model import labels

PAST, FUTURE = "2026-01-01T23:59:59Z", "2999-12-31T23:59:59Z"


class Empty:
    """Stands in for a cluster that has nothing."""

    def list(self, *_: object, **__: object) -> list[Any]:
        """Return nothing."""
        return []


def nothing(_: list[str]) -> dict[Ref, Declared]:
    """Decrypt nothing."""
    raise AssertionError("there is no secret to look into")


def states(marks: dict[str, str], notes: dict[str, str]) -> list[State]:
    metadata = {"name": "b", "namespace": "n", "labels": marks, "annotations": notes}
    document = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": metadata}
    api: Any = Empty()
    return [each.state for each in find(api, {reference(document): Declared("stack", document)}, [], "tiny", nothing)]


LAPSES = {labels.TEMPORARY: labels.LAPSES}


@pytest.mark.parametrize("notes", [{labels.EXPIRES: PAST}, {labels.EXPIRES: "some day"}, {}])
def test_what_has_lapsed_is_gone_as_it_was_meant_to_be(notes: dict[str, str]) -> None:
    assert states(LAPSES, notes) == []


@pytest.mark.parametrize(
    ("marks", "notes"),
    [
        (LAPSES, {labels.EXPIRES: FUTURE}),
        ({}, {labels.EXPIRES: PAST}),
        ({labels.TEMPORARY: "no"}, {labels.EXPIRES: PAST}),
        ({}, {}),
    ],
)
def test_what_was_to_stay_is_missed(marks: dict[str, str], notes: dict[str, str]) -> None:
    assert states(marks, notes) == [State.DELETED]
