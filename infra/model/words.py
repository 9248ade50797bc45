"""How problems speak: paths, values and suggestions as people read them."""

import difflib
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Final

MAX_VALUE: Final = 80
MAX_LISTED: Final = 16
FieldPath = tuple[str | int, ...]


def printable(text: str) -> str:
    """Return `text` with whatever would disturb a terminal or a one-line report escaped."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in text
    )


def shortened(value: object) -> str:
    """Return a value as it stands in the file, on one line of at most 80 characters."""
    if isinstance(value, dict):
        return f"a mapping of {len(value)} keys" if len(value) != 1 else "a mapping of 1 key"
    if isinstance(value, list):
        return f"a list of {len(value)} items" if len(value) != 1 else "a list of 1 item"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = printable(str(value)[: MAX_VALUE + 1])
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 3]}..."


def dotted(path: FieldPath) -> str:
    """Return a field's path: `tenants.education.quota.pods`."""
    return ".".join(shortened(part) for part in path)


def listed(names: Iterable[str]) -> str:
    """Return names as a list in a fixed order; of very many only the first."""
    ordered = sorted(names)
    if not ordered:
        return "none, since none is declared"
    if len(ordered) > MAX_LISTED:
        return f"{', '.join(ordered[:MAX_LISTED])} ... ({len(ordered)} in all)"
    return ", ".join(ordered)


@lru_cache(maxsize=4096)
def _closest(word: str, names: tuple[str, ...]) -> str | None:
    return next(iter(difflib.get_close_matches(word, names, n=1)), None)


def suggested(word: str, names: Collection[str]) -> str | None:
    """Return the name that was probably meant, or None."""
    return _closest(word[:MAX_VALUE], tuple(sorted(names)))


def instead(word: str, names: Collection[str], otherwise: str) -> str:
    """Return the mend of an unknown name: the probable one, or what to do otherwise."""
    meant = suggested(word, names)
    return f"did you mean '{meant}'?" if meant else otherwise
