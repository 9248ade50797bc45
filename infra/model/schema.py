"""The JSON Schemas of the files of a city, generated from the models; editors read them, and so do the loader's problems."""

import json
from functools import cache
from typing import Any

from infra.model.base import Model
from infra.model.kinds import KINDS, Kind

Schema = dict[str, Any]
FOLDER = "stacks/schemas"


@cache
def of(kind: Kind[Model]) -> Schema:
    """Return the schema of a kind of file."""
    schema = kind.model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(schema), "title": f"{kind.name} file of a city"}


def _closed(node: Any) -> Any:  # noqa: ANN401 - a node of a JSON document
    """Refuse names that match no pattern, which pydantic's schemas leave open, and drop the titles that only repeat the key."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if "patternProperties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def render() -> dict[str, str]:
    """Return each schema as text by its path in the repository."""
    return {f"{FOLDER}/{kind.name}.schema.json": json.dumps(of(kind), ensure_ascii=False, indent=2) + "\n" for kind in KINDS}


def resolved(root: Schema, node: Schema) -> Schema:
    """Follow references and optional values to the schema that describes a value; what stands beside a reference goes first.

    A value of several forms stays one of several forms.
    """
    if "$ref" in node:
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return resolved(root, {**root["$defs"][node["$ref"].rsplit("/", 1)[-1]], **beside})
    forms = forms_of(node)
    return resolved(root, forms[0]) if len(forms) == 1 else node


def forms_of(node: Schema) -> list[Schema]:
    """Return the forms that a value may have, but for none at all; nothing where there is one form only, told by the node."""
    return [option for option in node.get("anyOf", ()) if option.get("type") != "null"]


def _holding(root: Schema, node: Schema, key: str) -> Schema:
    """Return the form of a value that has a key; the node itself where it has one form only."""
    forms = [resolved(root, form) for form in forms_of(node)]
    return next((form for form in forms if key in form.get("properties", {})), node)


def at(root: Schema, path: tuple[str | int, ...]) -> Schema:
    """Return the schema of the field at `path`; an empty one where the models know no such field."""
    node = resolved(root, root)
    for part in path:
        node = _holding(root, node, str(part))
        if isinstance(part, int):
            inner = node.get("items", {})
        elif part in node.get("properties", {}):
            inner = node["properties"][part]
        else:
            patterns = list(node.get("patternProperties", {}).values())
            inner = patterns[0] if patterns else node.get("additionalProperties") or {}
        node = resolved(root, inner)
    return node


def properties(root: Schema, path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    node = at(root, path)
    return [key for form in (node, *forms_of(node)) for key in resolved(root, form).get("properties", {})]


def keys(root: Schema, path: tuple[str | int, ...]) -> Schema:
    """Return the schema that the names in the mapping at `path` keep to."""
    return resolved(root, at(root, path).get("propertyNames", {}))


def in_words(root: Schema, node: Schema) -> str:
    """Return in plain words what a schema allows."""
    if "x-allowed" in node:
        return str(node["x-allowed"])
    if "enum" in node:
        return f"one of {', '.join(map(str, node['enum']))}"
    if forms := forms_of(node):
        return ", or ".join(in_words(root, resolved(root, form)) for form in forms)
    match node:
        case {"type": "integer"}:
            words = f"a whole number from {node.get('minimum', 'any')} to {node.get('maximum', 'any')}, without unit"
        case {"type": "array"}:
            least = "at least one item, " if node.get("minItems") else ""
            words = f"a list: {least}each {in_words(root, resolved(root, node.get('items', {})))}"
        case {"properties": properties}:
            words = f"a mapping with the keys {', '.join(properties)}"
        case {"type": "object"}:
            words = "a mapping of at least one name" if node.get("minProperties") else "a mapping by name"
        case _:
            words = "text" if node.get("type") == "string" else "what the schema of this file allows"
    return words
