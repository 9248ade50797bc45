"""`cityfabric schemas`: the schemas that editors read, as the installed version has them."""

from cityfabric.console import say
from cityfabric.options import City
from cityfabric.settings import read_settings
from infra.model import schema


def schemas(city: City = None) -> None:
    """Write the schemas of a city's files anew, for editors; after a change to another version of cityfabric."""
    root = read_settings(city).root
    changed = []
    for path, text in schema.render().items():
        file = root / path
        if not file.is_file() or file.read_text("utf-8") != text:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, "utf-8")
            changed.append(path)
    say(f"written: {', '.join(changed)}" if changed else f"{schema.FOLDER}/ is as this version has it")
