"""Read one text file strictly: a regular file of bounded size in plain UTF-8, or problems that say what it is instead."""

import codecs
import os
import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from infra.model.problem import Problem
from infra.model.words import shortened

MAX_BYTES: Final = 1024 * 1024
# Line breaks that YAML 1.1 knows and editors do not, and characters that make a text read otherwise than it is.
HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_SIZE: Final = f"a file of 1 to {MAX_BYTES} bytes"
_UTF8: Final = "text in UTF-8 without byte order mark"
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_text(folder: Path, file: str) -> tuple[str | None, tuple[Problem, ...]]:
    """Return the text of `folder/file`, or None and why there is none."""
    raw = _read_bytes(folder / file, file)
    if isinstance(raw, Problem):
        return None, (raw,)
    text = _decoded(raw, file)
    if isinstance(text, Problem):
        return None, (text,)
    problems = tuple(_unwanted(text, file))
    return (None if problems else text), problems


def _read_bytes(path: Path, file: str) -> bytes | Problem:
    """Read at most the allowed bytes; never follows a link and never waits for a pipe."""
    told = partial(Problem, file, 1, "")
    try:
        unfit = _unfit(path, file)
        if unfit:
            return unfit
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            raw = stream.read(MAX_BYTES)
    except FileNotFoundError:
        return told("", "the file is missing", "a file of this name", "add it, as its schema in stacks/schemas says")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return told("", f"cannot be read: {shortened(reason)}", "a file that can be read", f"chmod u+r {file}")
    return raw if raw.strip() else told("", "the file is empty", _SIZE, "fill it, as its schema says, or remove it")


def _unfit(path: Path, file: str) -> Problem | None:
    told = partial(Problem, file, 1, "")
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return told(shortened(path.readlink()), "is a symbolic link", "a regular file", "put the file itself here")
    if not stat.S_ISREG(status.st_mode):
        return told("", "is not a regular file", "a regular file", "remove it and put the file here")
    if status.st_size > MAX_BYTES:
        return told(f"{status.st_size} bytes", "is too large", _SIZE, "split it, or remove what is no city data")
    return None


def _decoded(raw: bytes, file: str) -> str | Problem:
    told = partial(Problem, file)
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return told(
                1, "", name, f"the text is encoded as {name}", _UTF8, f"iconv -f {name} -t UTF-8 {file}, and save the result"
            )
    if raw.startswith(codecs.BOM_UTF8):
        return told(1, "", "EF BB BF", "the text begins with a byte order mark", _UTF8, f"sed -i '1s/^\\xef\\xbb\\xbf//' {file}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        value = raw[error.start : error.start + 4].hex(" ").upper()
        mend = f"save it as UTF-8; where it is GBK: iconv -f GBK -t UTF-8 {file}, and save the result"
        return told(line, "", value, "these bytes are not UTF-8", _UTF8, mend)


def _unwanted(text: str, file: str) -> Iterator[Problem]:
    """Yield one problem for each kind of character that city data may not hold."""
    kinds = (
        ("\t", "a tab", "blanks only", "write two blanks for each tab"),
        ("\r", "a carriage return (Windows line ending)", "lines that end with a line feed alone", f"sed -i 's/\\r$//' {file}"),
    )
    for char, name, allowed, mend in kinds:
        if char in text:
            yield Problem(file, _line(text, text.index(char)), "", "", _spread(text, char, name), allowed, mend)
    hidden = HIDDEN.search(text.replace("\r", " "))
    if hidden:
        code = f"U+{ord(hidden.group()):04X}"
        line = _line(text, hidden.start())
        yield Problem(file, line, "", code, "an invisible or control character", "visible characters", "remove the character")


def _spread(text: str, char: str, name: str) -> str:
    lines = sum(char in line for line in text.split("\n"))
    return f"{name} stands here" if lines == 1 else f"{name} stands here and in {lines - 1} further lines"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
