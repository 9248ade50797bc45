"""Which fields of an object a text in CEL reads, so that a value that a plan does not know yet is never passed over.

It errs on the side of reading: a field counts as read if the text names it and all that holds it, in whatever place.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from infra.model.words import FieldPath

_LITERAL: Final = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_INDEX: Final = re.compile(r"\[\??\s*(?:'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\")\s*\]")
_FIELD: Final = re.compile(r"\.\??\s*([A-Za-z_]\w*)\b(?!\s*\()")
_OPEN: Final = re.compile(r"([\w)\]])\s*\[\??\s*[A-Za-z_]")
_OPENED: Final = re.compile(r"\.\??\s*([A-Za-z_]\w*)\s*\[\??\s*[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class Reads:
    """The fields that a text names, and the mappings of which it may read any value."""

    names: frozenset[str]
    open: frozenset[str]

    def reach(self, path: FieldPath) -> bool:
        """Tell whether the value at `path`, or one that holds it, may be read."""
        for name in (part for part in path if isinstance(part, str)):
            if name not in self.names:
                return False
            if name in self.open:
                return True
        return True

    def __or__(self, other: "Reads") -> "Reads":
        """Return what both read."""
        return Reads(self.names | other.names, self.open | other.open)


def reads(texts: Iterable[str]) -> Reads:
    """Return what texts read, all together."""
    names: set[str] = set()
    opened: set[str] = set()
    for text in texts:
        names |= {first or second for first, second in _INDEX.findall(text)}
        bare = _LITERAL.sub("''", text)
        names |= set(_FIELD.findall(bare))
        opened |= set(_OPENED.findall(bare))
    return Reads(frozenset(names), frozenset(opened))


def unclear(text: str) -> bool:
    """Tell whether a text takes a value by a computed key from what is no field, so that nobody can say what it reads."""
    bare = _LITERAL.sub("''", text)
    return len(_OPEN.findall(bare)) != len(_OPENED.findall(bare))
