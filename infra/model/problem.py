"""One thing that is wrong with a city's data, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A finding of the loader or of a check, complete enough to be mended without asking.

    `district` is the district that it concerns, or None when it concerns the whole city: a problem in a district stops that
    district alone.
    """

    file: str
    """Path of the file, relative to the city's folder."""
    line: int
    """Line, from 1; 1 where a whole file is meant."""
    field: str
    """Dotted path of the field, empty where a whole file is meant."""
    value: str
    """The value as it stands there, shortened; empty where there is none."""
    message: str
    """What is wrong."""
    allowed: str
    """What is allowed instead."""
    mend: str
    """What to do: an edit, or a command."""
    district: str | None = None

    def __str__(self) -> str:
        """Return the problem on one line, as an editor jumps to it: file:line: field = value: message."""
        subject = f"{self.field} = {self.value}: " if self.value else f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {subject}{self.message}; allowed: {self.allowed}; mend: {self.mend}"
