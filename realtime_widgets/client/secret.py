"""A text that is used as any other, and that no traceback, debugger or `repr` shows."""

from __future__ import annotations

__all__ = ["Secret", "as_secret"]


class Secret(str):
    """A token, or what holds one.

    Tracebacks that show variables (of IPython, rich, pytest) print their `repr`. `str` and
    f-strings give the plain text, which is how it is sent.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


def as_secret(text: str | None) -> Secret | None:
    """Return the same text as a secret; for an argument that may hold a token."""
    return None if text is None else Secret(text)
