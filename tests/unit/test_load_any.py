"""Whatever stands in a city's folder: loading never raises, and never gives a city that is not what was written."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its stubs are not in the lock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.model import schema
from infra.model.kinds import KINDS
from infra.model.load import Loaded
from tests.desk import ROOT, Desk, read_otherwise

TINY = ROOT / "stacks" / "tiny"
FILES = sorted(str(file.relative_to(TINY)) for file in TINY.rglob("*.yaml"))
# A short run by default; `make fuzz` gives each test 25,000 inputs.
SLOW = settings(max_examples=int(os.environ.get("LOADER_INPUTS", "60")), suppress_health_check=[HealthCheck.too_slow])
WORDS = [
    "",
    "~",
    "yes",
    "-1",
    "0777",
    "{}",
    "[]",
    "&a b",
    "*a",
    "!!int 1",
    "\t",
    "\x00",
    "\ufeff",
    "'",
    '"\\0"',
    "a: b: c",
    "x" * 99,
]


@cache
def desk() -> Desk:
    """Return a copy of the tiny city; hypothesis cannot use pytest's tmp_path."""
    place = tempfile.TemporaryDirectory()
    atexit.register(place.cleanup)
    return Desk(Path(shutil.copytree(TINY, Path(place.name) / "tiny")))


@contextmanager
def desk_with(file: str, content: bytes) -> Iterator[Desk]:
    """Give a copy of the tiny city with one file replaced, for as long as it is looked at."""
    desk().write(file, content)
    try:
        yield desk()
    finally:
        shutil.copyfile(TINY / file, desk().folder / file)


def see_sound(loaded: Loaded) -> None:
    """See that an answer is whole: problems for all that is missing, and text that can be printed."""
    for problem in loaded.problems:
        assert problem.line >= 1
        assert problem.file
        assert problem.message
        assert problem.allowed
        assert problem.mend
        assert len(problem.value) <= 80
        assert str(problem).isprintable()
    broken = {problem.district for problem in loaded.problems}
    assert (loaded.city is None) == (None in broken)
    if loaded.city:
        assert loaded.city.broken == broken
        assert loaded.city.districts.keys() | broken == loaded.city.city.allotments.keys() | broken
        assert not loaded.city.districts.keys() & broken


@SLOW
@given(st.sampled_from(FILES), st.binary(max_size=200))
def test_arbitrary_bytes(file: str, content: bytes) -> None:
    with desk_with(file, content) as found:
        loaded = found.load()
    see_sound(loaded)
    assert loaded.problems, "no file of a city is made of chance"


@SLOW
@given(st.sampled_from(FILES), st.text(max_size=200))
def test_arbitrary_text_below_a_right_first_line(file: str, text: str) -> None:
    first = (TINY / file).read_bytes().split(b"\n", 1)[0]
    with desk_with(file, first + b"\n" + text.encode()) as found:
        loaded = found.load()
    see_sound(loaded)
    assert loaded.problems


@SLOW
@given(st.sampled_from(FILES), st.data())
def test_valid_files_with_a_piece_replaced(file: str, data: st.DataObject) -> None:
    content = (TINY / file).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    piece = data.draw(st.sampled_from([word.encode() for word in WORDS]) | st.binary(max_size=20))
    with desk_with(file, content[:start] + piece + content[end:]) as found:
        loaded = found.load()
    see_sound(loaded)


@SLOW
@given(st.sampled_from(FILES), st.data())
def test_valid_files_with_a_value_replaced(file: str, data: st.DataObject) -> None:
    lines = (TINY / file).read_text("utf-8").split("\n")
    number = data.draw(st.sampled_from([number for number, line in enumerate(lines) if ": " in line and "#" not in line]))
    key = lines[number].split(": ", 1)[0]
    lines[number] = f"{key}: {data.draw(st.sampled_from(WORDS))}"
    with desk_with(file, "\n".join(lines).encode()) as found:
        loaded = found.load()
        see_sound(loaded)
        if not loaded.problems:  # then another reader and the schema must find nothing either
            kind = next(kind for kind in KINDS if fnmatch(file, kind.file("*" if kind.folder else kind.name)))
            jsonschema.validate(read_otherwise(found.folder / file), schema.of(kind))


@SLOW
@given(st.sampled_from(FILES), st.data())
def test_valid_files_with_a_line_left_out_or_doubled(file: str, data: st.DataObject) -> None:
    lines = (TINY / file).read_text("utf-8").split("\n")
    number = data.draw(st.integers(0, len(lines) - 1))
    times = data.draw(st.sampled_from([0, 2]))
    lines[number : number + 1] = [lines[number]] * times
    with desk_with(file, "\n".join(lines).encode()) as found:
        see_sound(found.load())
