"""A city's own repository made from the city template, as `pulumi new` makes it; the tests on a real cluster compare the two."""

import shutil
from pathlib import Path

import yaml

from tests.desk import ROOT

TEMPLATE = ROOT / "stacks/templates/city"
CITY = "newcity"
"""The folder that the city's data have in it."""


def made(place: Path, name: str, description: str) -> Path:
    """Make the repository at `place` for a project of that name, the folder of its city called alike."""
    shutil.copytree(TEMPLATE, place)
    for file in [path for path in place.rglob("*") if path.is_file()]:
        values = {"${PROJECT}": name, "${DESCRIPTION}": description}
        text = file.read_text("utf-8")
        for placeholder, value in values.items():
            # In YAML, Pulumi quotes what is no plain text, and leaves the end of the line that its writer of YAML puts there.
            text = text.replace(placeholder, _as_yaml(value) if file.suffix == ".yaml" else value)
        file.write_text(text, "utf-8")
    return (place / "stacks" / CITY).rename(place / "stacks" / name)


def _as_yaml(value: str) -> str:
    return yaml.safe_dump(value, allow_unicode=True, width=1000).removesuffix("...\n")
