"""The digest of an object: one way to write it down, so that the same object has the same digest wherever it is looked at."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from infra.model import labels
from infra.model.base import written

Digest = Annotated[str, written(r"^[0-9a-f]{64}$", "64 digits from 0 to f: a SHA-256 as `sha256sum` prints it")]

# What a cluster writes into an object, and nobody who asks for it.
_OF_THE_CLUSTER: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
# What tools note on an object, and the name of the waiver itself.
_NOTES: Final = frozenset(
    {labels.WAIVER, "kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision"}
)
_NOTES_OF_PULUMI: Final = "pulumi.com/"


def canonical(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object of Kubernetes as somebody asked for it: without its status, and without what others wrote into it."""
    asked = {key: value for key, value in thing.items() if key != "status"}
    if isinstance(metadata := thing.get("metadata"), Mapping):
        asked["metadata"] = {key: _noted(key, value) for key, value in metadata.items() if key not in _OF_THE_CLUSTER}
    return asked


def _noted(key: object, value: object) -> object:
    """Return a part of the metadata; annotations without those that tools made, and nothing where none is left."""
    if key != "annotations" or not isinstance(value, Mapping):
        return value
    return {note: text for note, text in value.items() if not _is_note(str(note))} or None


def digest_of(thing: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data: keys in order, no blanks, nothing that is null, whole numbers without a point.

    Raises:
        ValueError: Something in it is no data of JSON.
    """
    try:
        text = json.dumps(_plain(thing), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()
    except TypeError as error:
        raise ValueError(str(error)) from error


def _is_note(key: str) -> bool:
    return key in _NOTES or key.startswith(_NOTES_OF_PULUMI)


def _plain(thing: object) -> object:
    """Return data as JSON has them; an engine hands over every number as one with a point, and a field that is null is none."""
    if isinstance(thing, Mapping):
        return {_key(key): _plain(value) for key, value in thing.items() if value is not None}
    if isinstance(thing, (list, tuple)):
        return [_plain(each) for each in thing]
    return int(thing) if isinstance(thing, float) and thing.is_integer() else thing


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} is no text")
    return key
