"""A copy of the tiny city on which a test makes one mistake, and sees what the loader says of it."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.model.load import Loaded, load_city
from infra.model.problem import Problem

ROOT = Path(__file__).resolve().parent.parent


def read_otherwise(file: Path) -> Any:  # noqa: ANN401 - a YAML document
    """Read a file by another reader than the loader's, as a JSON Schema sees it: days are text, and nothing is null."""
    return _numbered(yaml.load(file.read_text("utf-8"), Loader=yaml.BaseLoader))  # noqa: S506 - BaseLoader makes only text


def _numbered(data: Any) -> Any:  # noqa: ANN401 - a YAML document
    if isinstance(data, dict):
        return {key: _numbered(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_numbered(value) for value in data]
    if data in {"", "~"}:
        return None
    return int(data) if data.isdigit() and (data == "0" or not data.startswith("0")) else data


@dataclass(frozen=True, slots=True)
class Mistake:
    """One edit of the tiny city, and what is said about it."""

    file: str
    old: str
    new: str
    at: str
    """A text in the line of the problem, which stands nowhere else in the file."""
    field: str
    value: str
    message: str
    allowed: str
    mend: str
    district: str | None = None


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

    def see(self, mistake: Mistake) -> None:
        """Make a mistake, and see that it is told in its file, line and field, and that nothing else is."""
        self.edit(mistake.file, mistake.old, mistake.new)
        problem = self.only_problem()
        assert (problem.file, problem.line) == (mistake.file, self.line(mistake.file, mistake.at))
        assert (problem.field, problem.value, problem.district) == (mistake.field, mistake.value, mistake.district)
        assert mistake.message in problem.message
        assert mistake.allowed in problem.allowed
        assert mistake.mend in problem.mend
        city = self.load().city
        assert (sorted(city.broken) if city else None) == ([mistake.district] if mistake.district else None)
