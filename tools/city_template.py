"""What the city template has from elsewhere: the schemas, the program, and parts of the tiny city."""

from pathlib import Path
from typing import Final

from infra.model import schema

ROOT: Final = Path(__file__).resolve().parent.parent
TEMPLATE: Final = "stacks/templates/city"
CITY: Final = "newcity"
"""The folder of the city's data in it: Pulumi puts a project's name into texts and files' names, not into folders'."""
COPIED: Final = {
    "stacks/__main__.py": "stacks/__main__.py",
    "stacks/tiny/zones.yaml": f"stacks/{CITY}/zones.yaml",
    "stacks/tiny/templates/application.yaml": f"stacks/{CITY}/templates/application.yaml",
    "stacks/tiny/templates/website.yaml": f"stacks/{CITY}/templates/website.yaml",
}


def render() -> dict[str, str]:
    """Return their texts by path."""
    copied = {path: (ROOT / source).read_text("utf-8") for source, path in COPIED.items()}
    return {f"{TEMPLATE}/{path}": text for path, text in {**schema.render(), **copied}.items()}
