"""The values of the city that rules read: from the city's own data, for the city that the stack's config names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra.model import kinds
from infra.model.yamlfile import read_yaml

ROOT: Final = Path(__file__).resolve().parent.parent


def params(config: Mapping[str, str], root: Path = ROOT) -> dict[str, str]:
    """Return the values by name; what is missing here makes the rules that read it refuse.

    Args:
        config: The stack's config, as the engine hands it over.
        root: The folder that holds stacks/.
    """
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
