"""Reading one YAML file: what is data, what is refused, and in which line."""

import os
from pathlib import Path

import pytest

from infra.model.plaintext import MAX_BYTES
from infra.model.problem import Problem
from infra.model.scalars import plain
from infra.model.yamlfile import MAX_DEPTH, Document, read_yaml

SCHEMA = "../schemas/city.schema.json"
FIRST = f"# yaml-language-server: $schema={SCHEMA}\n"


def read(folder: Path, content: bytes | str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Write a file and read it."""
    (folder / "a.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_yaml(folder, "a.yaml", SCHEMA)


def refused(folder: Path, content: bytes | str) -> Problem:
    """Read a file that is refused with one problem."""
    _, problems = read(folder, content)
    assert len(problems) == 1, problems
    assert problems[0].file == "a.yaml"
    assert problems[0].message
    assert problems[0].allowed
    assert problems[0].mend
    return problems[0]


def test_data_and_the_line_of_each_field(tmp_path: Path) -> None:
    document, problems = read(tmp_path, FIRST + "a: 1\nb:\n  - x\n  - c: {d: yes, e: '2'}\n")
    assert problems == ()
    assert document is not None
    assert document.data == {"a": 1, "b": ["x", {"c": {"d": "yes", "e": "2"}}]}
    lines = {(): 1, ("a",): 2, ("b",): 3, ("b", 0): 4, ("b", 1): 5, ("b", 1, "c"): 5, ("b", 1, "c", "d"): 5}
    assert {path: document.line(path) for path in lines} == lines
    assert document.line(("b", 1, "not there", "deeper")) == 5


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("FALSE", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("0", 0),
        ("-17", -17),
        ("0777", "0777"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("-", "-"),
        ("٣", "٣"),
        ("9" * 41, "9" * 41),
    ],
)
def test_unquoted_scalars_mean_what_yaml_1_2_says(text: str, meaning: object) -> None:
    assert plain(text) == meaning
    assert type(plain(text)) is type(meaning)


@pytest.mark.parametrize(
    ("content", "line", "field", "part"),
    [
        ("a: 1\nb: 2\na: 3\n", 4, "a", "twice, first in line 2"),
        ("a:\n  b: 1\n  b: 1\n", 4, "a.b", "twice, first in line 3"),
        ("a: {b: 1,\n  b: 1}\n", 3, "a.b", "twice"),
        ("a: &x 1\n", 2, "", "anchors and aliases"),
        ("a: 1\nb: *a\n", 3, "", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [id]\n", 2, "", "tags"),
        ("a: !own 1\n", 2, "", "tags"),
        ("<<: {a: 1}\n", 2, "<<", "merge keys"),
        ("a: 1\n---\nb: 2\n", 3, "", "second document"),
        ("1: a\n", 2, "1", "is no text"),
        ("a:\n  null: x\n", 3, "a.null", "is no text"),
        ("? [a, b]\n: 1\n", 2, "", "stands as key"),
        ("a: [1, 2\n", 3, "", "not YAML"),
        ("a: 'b\n", 3, "", "not YAML"),
        ("a: b: c\n", 2, "", "not YAML"),
        ("a: [" + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "]\n", 2, "", "nested too deep"),
        ("[" * 200_000, 2, "", "nested too deep"),
        ('a: "b\\0"\n', 2, "", "U+0000"),
        ("a: 1\nb:\t2\n\tc: 3\n", 3, "", "a tab stands here and in 1 further lines"),
        ("# nothing\n\n", 1, "", "no data"),
        ("--- \n...\n", 1, "", "no data"),
        ("a: b\u202ec\n", 2, "", "invisible"),
        ("a: b\u2028c\n", 2, "", "invisible"),
        ("a: b\x07\n", 2, "", "control"),
    ],
)
def test_refused_with_its_line(tmp_path: Path, content: str, line: int, field: str, part: str) -> None:
    problem = refused(tmp_path, FIRST + content)
    assert (problem.line, problem.field) == (line, field)
    assert part in problem.message


@pytest.mark.parametrize(
    ("content", "line", "part"),
    [
        (b"", 1, "empty"),
        (b" \n\n", 1, "empty"),
        (b"\xef\xbb\xbf" + FIRST.encode() + b"a: 1\n", 1, "byte order mark"),
        ("a: 1\n".encode("utf-16"), 1, "UTF-16"),
        ("a: 1\n".encode("utf-32"), 1, "UTF-32"),
        (FIRST.encode() + b"a: 1\nb: \xff\xfe\n", 3, "not UTF-8"),
        (FIRST.encode() + "a: 西湖区\n".encode("gbk"), 2, "not UTF-8"),
        (FIRST.encode() + b"a: \xed\xa0\x80\n", 2, "not UTF-8"),
        (FIRST.encode() + b"a: 1\nb: \x00\n", 3, "control character"),
        ("a: 1\n".encode("utf-16-le"), 1, "control character"),
        (b"#" * 10_000_000, 1, "too large"),
    ],
)
def test_other_encodings_and_sizes_are_refused(tmp_path: Path, content: bytes, line: int, part: str) -> None:
    problem = refused(tmp_path, content)
    assert problem.line == line
    assert part in problem.message


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    text = FIRST + "a: 1\n"
    document, problems = read(tmp_path, text + "#" * (MAX_BYTES - len(text)))
    assert problems == ()
    assert document is not None
    assert refused(tmp_path, text + "#" * (MAX_BYTES - len(text) + 1)).value == f"{MAX_BYTES + 1} bytes"


@pytest.mark.parametrize(
    "first", ["", "# a remark\n", f"# yaml-language-server: $schema=../{SCHEMA}\n", FIRST.replace("# ", "#")]
)
def test_the_first_line_names_the_schema(tmp_path: Path, first: str) -> None:
    document, problems = read(tmp_path, first + "a: 1\n")
    assert document is not None, "the rest of the file is looked at all the same"
    (problem,) = problems
    assert problem.line == 1
    assert problem.allowed == FIRST.strip()
    assert FIRST.strip() in problem.mend


def test_windows_line_endings_are_refused_once(tmp_path: Path) -> None:
    problem = refused(tmp_path, (FIRST + "a: 1\n").replace("\n", "\r\n"))
    assert problem.line == 1
    assert "carriage return" in problem.message
    assert problem.mend == r"sed -i 's/\r$//' a.yaml"


def test_an_alias_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    bomb = (
        FIRST + "a: &a [x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24))
    )
    assert refused(tmp_path, bomb).line == 2


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text(FIRST + "a: 1\n")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    expected = {
        "link.yaml": "symbolic link",
        "dangling.yaml": "symbolic link",
        "folder.yaml": "not a regular file",
        "pipe.yaml": "not a regular file",
        "missing.yaml": "missing",
    }
    for file, part in expected.items():
        document, problems = read_yaml(tmp_path, file, SCHEMA)
        assert document is None
        assert [part in problem.message for problem in problems] == [True], file


def test_an_unreadable_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)  # root, who runs the tests in some places, may read everything
    problem = refused(tmp_path, FIRST + "a: 1\n")
    assert "Permission denied" in problem.message
    assert problem.mend == "chmod u+r a.yaml"
