"""Commands that failed in a run that continued, for the message of its final status."""

from __future__ import annotations

__all__ = ["FailedCommands"]


class FailedCommands:
    """How many commands failed, and how the last one ended."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Reset the count, at the start of a run."""
        self._count = 0
        self._last: str | None = None

    def add(self, ending: str) -> None:
        """Count a command that ended in this way."""
        self._count += 1
        self._last = ending

    @property
    def words(self) -> str | None:
        """The message of the final status; None if no command failed."""
        if self._count > 1:
            return f"{self._count:,} commands failed; the last: {self._last}"
        return self._last
