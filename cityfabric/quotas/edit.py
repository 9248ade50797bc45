"""Change single numbers in a YAML text and leave every other character as it is: comments, order, blanks, quotes.

Why no library that writes YAML with its comments: it writes the whole file anew in a layout of its own (docs/adr/0012). Here the
parser says where a number stands, and only that is replaced. What comes of it is read before it is written, see `apply`.
"""

from collections.abc import Mapping
from itertools import accumulate

import yaml

from infra.model.words import FieldPath, dotted


def with_numbers(text: str, numbers: Mapping[FieldPath, int]) -> str:
    """Return the text with other numbers in some fields.

    Args:
        text: A YAML text that the loader finds no fault with, so there are no aliases and no key stands twice.
        numbers: The new numbers by field.

    Raises:
        LookupError: There is no such field.
    """
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    spans = [(_scalar(root, path), number) for path, number in numbers.items()]
    for node, number in sorted(spans, key=lambda span: (span[0].start_mark.line, span[0].start_mark.column), reverse=True):
        begin, end = (starts[mark.line] + mark.column for mark in (node.start_mark, node.end_mark))
        text = f"{text[:begin]}{number}{text[end:]}"
    return text


def _scalar(root: yaml.Node | None, path: FieldPath) -> yaml.ScalarNode:
    """Return the node of a field's value."""
    node = root
    for part in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for key, value in pairs if key.value == part), None)
    if isinstance(node, yaml.ScalarNode):
        return node
    raise LookupError(dotted(path))
