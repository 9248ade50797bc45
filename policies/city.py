"""The values of the city that rules read: from the city's own data, for the city that the stack's config names."""

import json
import os
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra.model import kinds
from infra.model.yamlfile import read_yaml

ROOT: Final = Path(__file__).resolve().parent.parent
_CONFIG: Final = "PULUMI_CONFIG"


def params(root: Path = ROOT) -> dict[str, str]:
    """Return the values by name; what is missing here makes the rules that read it refuse."""
    config = _config()
    found: dict[str, str] = {}
    if cluster := config.get("cityfabric:cluster"):
        found["clusters"] = cluster
    city = config.get("cityfabric:city", "")
    if city and Path(city).name == city:
        document, problems = read_yaml(root / "stacks" / city, kinds.CITY.file(kinds.CITY.name), kinds.CITY.schema)
        if document and not problems:
            try:
                found["registry"] = kinds.CITY.model.model_validate(document.data).registry
            except ValidationError:
                return found
    return found


def _config() -> dict[str, str]:
    """Return the config of the stack, which the engine hands over as JSON."""
    try:
        read = json.loads(os.environ.get(_CONFIG, "{}"))
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}
