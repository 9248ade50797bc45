"""A copy of the tiny city on which a test makes one mistake, and sees what the loader says of it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.model.load import Loaded, load_city
from infra.model.problem import Problem

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Desk:
    """A city to edit."""

    folder: Path

    @classmethod
    def lay(cls, place: Path) -> "Desk":
        """Copy the tiny city to `place`."""
        return cls(Path(shutil.copytree(ROOT / "stacks" / "tiny", place / "tiny")))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands exactly once in a file."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} holds {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, file: str, content: bytes | str) -> None:
        """Write a file, new or not."""
        path = self.folder / file
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def line(self, file: str, text: str) -> int:
        """Return the line in which a text stands; it stands nowhere else."""
        lines = [number for number, line in enumerate((self.folder / file).read_text("utf-8").split("\n"), 1) if text in line]
        assert len(lines) == 1, f"{file} holds in lines {lines}: {text}"
        return lines[0]

    def load(self) -> Loaded:
        """Load it as it is now."""
        return load_city(self.folder)

    def only_problem(self) -> Problem:
        """Load it, and return the one problem there is."""
        problems = self.load().problems
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]
