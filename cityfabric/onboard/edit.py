"""Adds an entry to a YAML file without touching a character of what stands there: comments and order are people's work."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from cityfabric.errors import UserError

_INDENT: Final = 2
_WIDTH: Final = 10_000  # never break a line by itself


def block(name: str, entry: Mapping[str, Any], depth: int) -> str:
    """Return an entry of a mapping as YAML: what holds only scalars on one line, as the city's files have it."""
    text = yaml.safe_dump({name: dict(entry)}, allow_unicode=True, sort_keys=False, default_flow_style=None, width=_WIDTH)
    return "".join(f"{' ' * _INDENT * depth}{line}\n" for line in text.splitlines())


def document(schema: str, content: Mapping[str, Any]) -> str:
    """Return a whole file."""
    body = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, default_flow_style=None, width=_WIDTH)
    return f"# yaml-language-server: $schema={schema}\n{body}"


def with_entry(text: str, mapping: str, name: str, entry: Mapping[str, Any], file: str) -> str:
    """Return a file's text with an entry more at the end of one of its top-level mappings.

    Args:
        text: The file as it is.
        mapping: Top-level key of the mapping.
        name: Key of the new entry.
        entry: What it holds.
        file: The file, for messages.

    Raises:
        UserError: The mapping is not there, or the entry is.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    node = pairs.get(mapping)
    if not isinstance(node, yaml.MappingNode):
        raise UserError(f"{file} has no mapping {mapping!r}", f"write '{mapping}: {{}}' into it")
    if name in {key.value for key, _ in node.value}:
        raise UserError(f"{file}: {mapping}.{name} is there already", "choose another name, or edit the file")
    if node.flow_style:
        return _opened(text, node, block(name, entry, 1), file, mapping)
    lines = text.splitlines(keepends=True)
    at = _last_line(node) + 1
    if lines and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    blank = "\n" if any(line.strip() == "" for line in lines[node.start_mark.line : at]) else ""
    return "".join((*lines[:at], blank, block(name, entry, 1), *lines[at:]))


def _last_line(node: yaml.Node) -> int:
    """Return the last line that a node really has something on: a block's end mark lies behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and node.value and not node.flow_style:
        return _last_line(node.value[-1])
    line, column = node.end_mark.line, node.end_mark.column
    return int(line if column else line - 1)


def _opened(text: str, node: yaml.MappingNode, entry: str, file: str, mapping: str) -> str:
    """Return the text with the empty mapping `{}` written out."""
    if node.value:
        raise UserError(f"{file}: {mapping} is written on one line", "write each of its entries on a line of its own")
    return f"{text[: node.start_mark.index].rstrip(' ')}\n{entry}{text[node.end_mark.index :].removeprefix(chr(10))}"


def without_entry(text: str, path: tuple[str, ...], file: str) -> str:
    """Return a file's text without an entry of a mapping, and without the comments right above it.

    Args:
        text: The file as it is.
        path: Keys from the top to the entry.
        file: The file, for messages.

    Raises:
        UserError: The entry is not there, or not on lines of its own.
    """
    root, above = yaml.compose(text, Loader=yaml.SafeLoader), None
    for key in path[:-1]:
        above, root = _pairs(root).get(key, (None, None))
    entries = _pairs(root)
    if path[-1] not in entries or not isinstance(root, yaml.MappingNode):
        raise UserError(f"{file} has no {'.'.join(path)}", "run the command again")
    if root.flow_style:
        raise UserError(f"{file}: {'.'.join(path[:-1])} is written on one line", "write each of its entries on a line of its own")
    name, content = entries[path[-1]]
    lines = text.splitlines(keepends=True)
    first, last = name.start_mark.line, _last_line(content)
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    if len(entries) == 1 and above:
        lines[above.start_mark.line] = f"{lines[above.start_mark.line].rstrip()} {{}}\n"
    elif not lines[first - 1].strip():
        first -= 1
    return "".join((*lines[:first], *lines[last + 1 :]))


def _pairs(node: yaml.Node | None) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    return {key.value: (key, value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
