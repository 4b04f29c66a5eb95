"""Commands that failed in a run that went on, for the words of its end."""

from __future__ import annotations

__all__ = ["FailedCommands"]


class FailedCommands:
    """How many commands failed, and how the last one ended."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget them: a run begins."""
        self._count = 0
        self._last: str | None = None

    def add(self, ending: str) -> None:
        """Count a command that ended in this way."""
        self._count += 1
        self._last = ending

    @property
    def words(self) -> str | None:
        """What to say of them; None where there are none."""
        if self._count > 1:
            return f"{self._count:,} commands failed; the last: {self._last}"
        return self._last
