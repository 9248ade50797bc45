"""All checks across the files of a city."""

from collections.abc import Iterator

from infra.model.parts import Parts
from infra.model.problem import Problem


def check(parts: Parts) -> Iterator[Problem]:
    """Yield whatever does not fit together."""
    yield from ()
