"""The one error that the sandbox raises for what its user can mend."""


class SandboxError(Exception):
    """Something that the user can mend; `mend` says how."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend
