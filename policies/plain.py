"""Turn what the policy SDK hands over into plain data, once: no proxies, no floats for whole numbers, unknowns by their path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy import deserialize, proxy

from infra.model.words import FieldPath

_HIDDEN: Final = "[secret]"
"""What an export of a stack has in place of a secret; no rule could judge it."""
UNKNOWN: Final = "(not known yet)"
"""What stands in plain data where a plan knows no value."""
MARKERS: Final = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_") and isinstance(value, str))
"""The SDK's own marks of an unknown value, which anybody may write into a text."""


@dataclass(slots=True)
class Plain:
    """An object as plain data."""

    data: Any = None
    unknown: list[FieldPath] = field(default_factory=list)
    """Where a value is not known yet, or somebody wrote the mark of it."""
    forged: list[FieldPath] = field(default_factory=list)
    """Where such a mark stands inside a text or a key, where no engine writes one."""


def plain(props: object) -> Plain:
    """Return the properties of a resource as plain data."""
    made = Plain()
    raw = deserialize.serialize_properties(props) if isinstance(props, Mapping) else props
    made.data = _plain(raw, (), made)
    return made


def _plain(value: Any, path: FieldPath, made: Plain) -> Any:  # noqa: ANN401 - any data
    if isinstance(value, Mapping):
        return {_key(key, path, made): _plain(each, (*path, str(key)), made) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(each, (*path, index), made) for index, each in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return _text(value, path, made)
    return value


def _text(value: str, path: FieldPath, made: Plain) -> str:
    if value in MARKERS or value == _HIDDEN:
        made.unknown.append(path)
        return UNKNOWN
    if any(marker in value for marker in MARKERS):
        made.forged.append(path)
    return value


def _key(key: object, path: FieldPath, made: Plain) -> str:
    text = str(key)
    if any(marker in text for marker in MARKERS):
        made.forged.append((*path, text))
    return text


def objects(data: Mapping[str, Any], place: FieldPath = ()) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    """Yield the object that a resource is, or those that a list of them holds, each with its place; lists may hold lists."""
    items = data.get("items")
    if str(data.get("kind", "")).endswith("List") and isinstance(items, list):
        for index, each in enumerate(items):
            if isinstance(each, Mapping):
                yield from objects(each, (*place, "items", index))
    else:
        yield place, data
