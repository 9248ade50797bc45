"""The values of the city that rules read: from the city's own data, for the city that the stack's config names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra.model import kinds
from infra.model.kinds import Kind, M_co
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
        if told := _read(root / "stacks" / city, kinds.CITY):
            found |= {"registry": told.registry, "domain": told.cluster_domain}
        if zones := _read(root / "stacks" / city, kinds.ZONES):
            found["levels"] = " ".join(f"{name}:{zone.protection_level}" for name, zone in zones.zones.items())
    return found


def _read(folder: Path, kind: Kind[M_co]) -> M_co | None:
    document, problems = read_yaml(folder, kind.file(kind.name), kind.schema)
    if document is None or problems:
        return None
    try:
        return kind.model.model_validate(document.data)
    except ValidationError:
        return None
