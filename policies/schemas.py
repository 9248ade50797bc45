"""The JSON Schemas of rules and examples, generated from the records; editors read them."""

import json

from infra.model import schema
from policies.load import EXAMPLE, RULE


def render() -> dict[str, str]:
    """Return each schema as text by its path in the repository."""
    return {f"policies/schemas/{kind.name}.schema.json": _text(kind.name) for kind in (RULE, EXAMPLE)}


def _text(name: str) -> str:
    kind = RULE if name == RULE.name else EXAMPLE
    made = {**schema.of(kind), "title": f"{name} of the policies"}
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"
