"""The page of the file kinds: each with its fields, from the schemas of the models."""

from collections.abc import Iterator
from typing import Final

from infra.model import schema
from infra.model.approver import EXTENDABLE, OVERDUE, WAIVABLE
from infra.model.base import NAME_PATTERN, Model
from infra.model.checks import CHECKS
from infra.model.kinds import KINDS, Kind
from infra.model.schema import Schema
from tools.markdown import code, first_line, page, table

_INTRODUCTION: Final = """
A city is a folder in `stacks/`. It holds the files below, a `README.md`, and nothing else: a file that would not be loaded
is a problem. Names are keys of mappings, and every reference is by name. Amounts are whole numbers; their unit is in the
key. The first line of each file names its schema, so that editors complete and check while you type. A key without default
must be there."""
_TYPES: Final = {"integer": "whole number", "string": "text"}


def render() -> dict[str, str]:
    """Return the page by its path."""
    parts = list(dict.fromkeys(name for kind in KINDS for name in _records(schema.of(kind))))
    return page(
        "model",
        "Files of a city",
        "infra/model/",
        _INTRODUCTION,
        _contents(),
        _names(),
        *(_section(_title(kind), schema.of(kind), schema.of(kind)) for kind in KINDS),
        "## Parts of the files",
        *(_part(name) for name in parts),
        _checks(),
        _waivable(),
    )


def _contents() -> str:
    rows = (
        (f"[`{_title(kind)}`](#{_anchor(_title(kind))})", _description(schema.of(kind)), code([kind.schema])) for kind in KINDS
    )
    return table(("file", "what it holds", "its schema, as the first line names it"), rows)


def _names() -> str:
    words = schema.in_words({}, schema.at(schema.of(KINDS[0]), ("name",)))
    return f"## Names\n\nA *name* below: {words}. A file is called by the `name` in it, and the folder by the city's."


def _checks() -> str:
    rules = "\n".join(f"- {first_line(rule.__doc__)}" for rule in CHECKS)
    return f"## Checks across the files\n\nBeside what each file must say by itself:\n\n{rules}"


def _waivable() -> str:
    rows = ((f"`{rule}`", each.max_days, each.severity) for rule, each in WAIVABLE.items())
    words = (
        "No other rule may be. The days count from `created` to `expires`; who may approve stands in `city.yaml`. "
        f"`{OVERDUE}`, {EXTENDABLE.severity}, is not waived: the room gets an extension, of at most {EXTENDABLE.max_days} days."
    )
    return f"## Rules that may be waived\n\n{words}\n\n{table(('rule', 'days at most', 'severity'), rows)}"


def _part(name: str) -> str:
    root = next(schema.of(kind) for kind in KINDS if name in _records(schema.of(kind)))
    return _section(name, root, root["$defs"][name], "###")


def _section(title: str, root: Schema, node: Schema, level: str = "##") -> str:
    required = node.get("required", ())
    rows = (
        (
            f"`{name}`",
            _type(root, field),
            "; ".join(dict.fromkeys(_allowed(root, field))),
            "" if name in required else _default(field),
            field.get("description", ""),
        )
        for name, field in node["properties"].items()
    )
    return f"{level} {title}\n\n{_description(node)}\n\n{table(('key', 'type', 'allowed', 'default', 'meaning'), rows)}"


def _title(kind: Kind[Model]) -> str:
    return kind.file("NAME" if kind.folder else kind.name)


def _anchor(title: str) -> str:
    """Return what a heading is linked by, as GitHub makes it."""
    return "".join(char for char in title.lower().replace(" ", "-") if char.isalnum() or char in "-_")


def _records(root: Schema) -> list[str]:
    return [name for name, node in root.get("$defs", {}).items() if "properties" in node]


def _description(node: Schema) -> str:
    words = str(node.get("description", ""))
    if words.startswith("The file "):
        words = words.split(": ", 1)[1]
    return words[:1].upper() + words[1:]


def _default(field: Schema) -> str:
    value = field.get("default")
    return f"`{value}`".replace("'", "") if value else "none"


def _type(root: Schema, field: Schema) -> str:
    named = [each["$ref"].rsplit("/", 1)[-1] for each in (field, *field.get("anyOf", ())) if "$ref" in each]
    node = schema.resolved(root, field)
    if forms := schema.forms_of(node):
        return " or ".join(_type(root, form) for form in forms)
    if named and "properties" in node:
        return f"[{named[0]}](#{_anchor(named[0])})"
    if node.get("type") == "array":
        return f"list of {_type(root, node['items'])}"
    if node.get("type") == "object":
        return f"mapping: name → {_type(root, _values(node))}"
    if node.get("pattern") == NAME_PATTERN:
        return "[name](#names)"
    return "day" if node.get("format") == "date" else "one word" if "enum" in node else _TYPES[node["type"]]


def _values(node: Schema) -> Schema:
    """Return the schema of what a mapping by name holds."""
    by_pattern: list[Schema] = list(node.get("patternProperties", {}).values())
    return next(iter(by_pattern), node.get("additionalProperties", {}))


def _allowed(root: Schema, field: Schema) -> Iterator[str]:
    node = schema.resolved(root, field)
    if node.get("minItems") or node.get("minProperties"):
        yield "at least one"
    if forms := schema.forms_of(node):
        for form in forms:
            yield from _allowed(root, form)
        return
    if "properties" in node or node.get("pattern") == NAME_PATTERN:
        return
    if node.get("type") == "array":
        yield from _allowed(root, node["items"])
    elif node.get("type") == "object":
        keys = schema.resolved(root, node.get("propertyNames", {}))
        if "enum" in keys:
            yield f"names {code(keys['enum'])}"
        yield from _allowed(root, _values(node))
    else:
        yield code(node["enum"]) if "enum" in node else schema.in_words(root, node)
