"""Read one YAML file strictly, as plain data with the line of each field.

Why not `yaml.safe_load`: it keeps the last of two equal keys, takes `no` for false and 0777 for octal, follows aliases (a bomb of
a few lines fills the memory) and forgets the lines. Here the parser's events become data directly, without recursion. Of YAML 1.2
only what city data needs is taken: one document of mappings, sequences and scalars of the core schema; dates stay text.
This module does not know what the data means; that is the models' part.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from infra.model.plaintext import HIDDEN, read_text
from infra.model.problem import Problem
from infra.model.scalars import plain
from infra.model.words import FieldPath, dotted, shortened

MAX_DEPTH: Final = 16


@dataclass(slots=True)
class Document:
    """What a file says, and where."""

    data: object = None
    """Plain data: dict, list, str, int, float, bool or None."""
    lines: dict[FieldPath, int] = field(default_factory=dict)
    """The line of each field: of the key in a mapping, of the item in a sequence."""

    def line(self, path: FieldPath) -> int:
        """Return the line of a field; of what holds it where the field is not there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read."""

    path: FieldPath
    into: dict[str, object] | list[object]
    key: str | None = None


class _RefusedError(Exception):
    """Something that the reader cannot go on from; caught in `read_yaml`."""

    def __init__(self, line: int, value: str, message: str, allowed: str, mend: str) -> None:
        super().__init__(message)
        self.told = (line, "", value, message, allowed, mend)


def read_yaml(folder: Path, file: str, schema: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read `folder/file`, whose first line must name `schema`; None and the reasons where there is no data to go on with."""
    text, problems = read_text(folder, file)
    if text is None:
        return None, problems
    builder = _Builder(file)
    first, named = text.split("\n", 1)[0], f"# yaml-language-server: $schema={schema}"
    if first != named:
        told = "the first line does not name the file's schema"
        builder.problems.append(Problem(file, 1, "", shortened(first), told, named, f"put this line first: {named}"))
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except _RefusedError as refused:
        return None, (*builder.problems, Problem(file, *refused.told))
    except yaml.YAMLError as error:
        return None, (*builder.problems, _syntax(file, error))
    if builder.document.data is None:
        told = "the file holds no data"
        return None, (*builder.problems, Problem(file, 1, "", "", told, "a mapping", "fill it, as its schema says, or remove it"))
    return builder.document, tuple(builder.problems)


def _syntax(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "no reason given"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    allowed = "YAML of two blanks for each level, 'key: value' and '- item'"
    mend = f"look at column {column} of this line and at the line before it"
    return Problem(file, line, "", "", f"this is not YAML: {shortened(reason)}", allowed, mend)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Builder:
    """Builds data from events; collects the problems that it can go on from."""

    def __init__(self, file: str) -> None:
        self.document = Document()
        self.problems: list[Problem] = []
        self._file = file
        self._stack: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.NodeEvent):
            self._take_node(event, _line(event))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _RefusedError(
                    _line(event), "---", "a second document begins", "one document a file", "make it a file of its own"
                )

    def _take_node(self, event: yaml.NodeEvent, line: int) -> None:
        if event.anchor is not None or isinstance(event, yaml.AliasEvent):
            sign = f"{'*' if isinstance(event, yaml.AliasEvent) else '&'}{shortened(event.anchor)}"
            raise _RefusedError(
                line, sign, "anchors and aliases are refused", "values written out", "write the value itself here"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _RefusedError(line, shortened(tag), "tags are refused", "values without tags", "remove the tag")
        top = self._stack[-1] if self._stack else None
        wants_key = top is not None and top.key is None and isinstance(top.into, dict)
        if isinstance(event, yaml.ScalarEvent):
            self._check_characters(event, line)
            value = plain(event.value) if event.implicit[0] else event.value
            if wants_key and top:
                self._key(top, event.value, value, line)
            else:
                self._place(value, line)
            return
        if wants_key:
            raise _RefusedError(line, "", "a mapping or list stands as key", "text as key", "write the key as one word")
        if len(self._stack) >= MAX_DEPTH:
            raise _RefusedError(line, "", "nested too deep", f"at most {MAX_DEPTH} levels", "remove levels")
        into: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._stack.append(_Open(self._place(into, line), into))

    def _key(self, top: _Open, text: str, value: object, line: int) -> None:
        path = (*top.path, text)
        if not isinstance(value, str):
            mend = f"write the key in quotes: '{shortened(text)}'"
            self._add(line, path, f"the key {shortened(text) or 'here'} is no text", "text as key", mend)
        elif text == "<<":
            self._add(line, path, "merge keys are refused", "keys written out", "write the keys themselves here")
        elif isinstance(top.into, dict) and text in top.into:
            message = f"the key stands twice, first in line {self.document.lines[path]}"
            self._add(line, path, message, "each key once", "remove one of the two")
        top.key = text
        self.document.lines[path] = line

    def _place(self, value: object, line: int) -> FieldPath:
        """Put a value where the open mapping or sequence wants it; return its path."""
        if not self._stack:
            self.document.data = value
            return ()
        top = self._stack[-1]
        if isinstance(top.into, list):
            path = (*top.path, len(top.into))
            top.into.append(value)
            self.document.lines[path] = line
            return path
        key, top.key = top.key or "", None
        top.into[key] = value
        return (*top.path, key)

    def _check_characters(self, event: yaml.ScalarEvent, line: int) -> None:
        """Refuse what an escape like backslash-0 brings in; what stands in the text itself was looked at before."""
        found = event.style == '"' and HIDDEN.search(event.value)
        if found:
            path = self._stack[-1].path if self._stack else ()
            message = f"the escape for U+{ord(found.group()):04X} stands for a control character"
            self._add(line, path, message, "visible characters", "remove the escape")

    def _add(self, line: int, path: FieldPath, message: str, allowed: str, mend: str) -> None:
        self.problems.append(Problem(self._file, line, dotted(path), "", message, allowed, mend))
