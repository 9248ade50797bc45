"""The errors of the console script, and what it exits with.

UserError                 what the user can mend; exit code 2
├── DataError             the city's data is faulty; carries all problems
└── EngineError           Pulumi failed; exit code 1
"""

from collections.abc import Sequence
from enum import IntEnum

from infra.model.problem import Problem


class Exit(IntEnum):
    """Exit codes of every command."""

    GOOD = 0
    FINDINGS = 1
    WRONG_INPUT = 2


class UserError(Exception):
    """Something that the user can mend; `mend` says how."""

    code = Exit.WRONG_INPUT

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


class DataError(UserError):
    """The city's data is faulty."""

    def __init__(self, folder: str, problems: Sequence[Problem]) -> None:
        super().__init__(f"{folder} has {len(problems)} problem(s); nothing was built", "mend them and run the command again")
        self.folder = folder
        self.problems = tuple(problems)


class EngineError(UserError):
    """Pulumi or the cluster failed."""

    code = Exit.FINDINGS
