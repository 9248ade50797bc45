"""Turn what pydantic finds in a file into problems that a person can mend."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from infra.model import schema
from infra.model.base import Model
from infra.model.kinds import Kind
from infra.model.problem import Problem
from infra.model.words import FieldPath, dotted, instead, shortened
from infra.model.yamlfile import Document

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KEY: Final = "[key]"
_MESSAGES: Final = {
    "string_type": "is no text",
    "int_type": "is no whole number",
    "string_pattern_mismatch": "is not written as it must be",
    "string_too_long": "is too long",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
    "enum": "is none of the known values",
    "is_instance_of": "is none of the known values",
    "literal_error": "is none of the known values",
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "model_type": "is no mapping",
    "model_attributes_type": "is no mapping",
    "dict_type": "is no mapping",
    "tuple_type": "is no list",
}


def faults(error: ValidationError, kind: Kind[Model], document: Document, file: str, district: str | None) -> Iterator[Problem]:
    """Yield one problem for each thing that pydantic found."""
    details = error.errors(include_url=False)
    for detail in details:
        path = tuple(detail["loc"])
        if detail["type"] == "too_short" and any(
            len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details
        ):
            continue  # its entries are there, and each is told by itself
        at = tuple(part for part in path if part != _KEY)
        value = "" if detail["type"] in {"missing", "extra_forbidden"} else shortened(detail["input"])
        yield Problem(file, document.line(at), dotted(at), value, *_told(detail, kind, path), district)


def path_of(detail: "ErrorDetails") -> FieldPath:
    """Return the field that an error of pydantic speaks of."""
    return tuple(part for part in detail["loc"] if part != _KEY)


def _told(detail: "ErrorDetails", kind: Kind[Model], path: FieldPath) -> tuple[str, str, str]:
    """Return the message, what is allowed, and the mend."""
    root = schema.of(kind)
    if detail["type"] == "extra_forbidden":
        known = schema.properties(root, path[:-1])
        return "the key is unknown", f"the keys {', '.join(known)}", instead(str(path[-1]), known, "remove the key")
    if path and path[-1] == _KEY:
        allowed = schema.in_words(root, schema.keys(root, path[:-2]))
        return "the name is not allowed", allowed, f"rename '{shortened(path[-2])}'"
    node = schema.at(root, path)
    allowed = schema.in_words(root, node)
    if detail["type"] == "missing":
        meaning = " ".join(node.get("description", allowed).split())  # a docstring may have several lines, a problem has one
        return "a required key is missing", allowed, f"add '{path[-1]}:' here: {meaning}"
    if detail["input"] is None:
        return "has no value", allowed, f"write {allowed}"
    message = _MESSAGES.get(detail["type"], "is not allowed")
    if detail["type"] == "value_error":
        message = f"is not allowed: {shortened(detail.get('ctx', {}).get('error', 'wrong value'))}"
    if node.get("type") == "integer" and isinstance(detail["input"], str):
        return message, allowed, "write the number alone, in the unit that the key names"
    return message, allowed, instead(str(detail["input"]), list(node.get("enum", ())), "write a value that is allowed")
