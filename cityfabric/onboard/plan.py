"""What is to be written, tried on a copy of the city first: either all of it fits, or nothing is written."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cityfabric.errors import DataError
from infra.model.city import City
from infra.model.load import load_city


@dataclass(frozen=True, slots=True)
class Plan:
    """New texts of files, by their path in the city's folder."""

    folder: Path
    texts: dict[str, str]

    def check(self) -> City:
        """Return the city as it would be.

        Raises:
            DataError: It would have problems; nothing was written.
        """
        with tempfile.TemporaryDirectory(prefix="cityfabric-") as scratch:
            copy = Path(scratch) / "stacks" / self.folder.name
            shutil.copytree(self.folder, copy)
            for file, text in self.texts.items():
                (copy / file).parent.mkdir(exist_ok=True)
                (copy / file).write_text(text, "utf-8")
            loaded = load_city(copy)
        if loaded.city is None or loaded.problems:
            raise DataError(f"stacks/{self.folder.name}", loaded.problems)
        return loaded.city

    def write(self) -> None:
        """Write the files, each whole or not at all."""
        for file, text in self.texts.items():
            path = self.folder / file
            path.parent.mkdir(exist_ok=True)
            fresh = path.with_name(f".{path.name}.new")
            fresh.write_text(text, "utf-8")
            fresh.replace(path)
