"""What is written of a run that has not begun: its name may be mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NO_SUCH_RUN", "other_case", "similar_words"]

NO_SUCH_RUN = "no such run"
"""Words for a run that nothing was published to."""


def other_case(sprint_id: str, similar: Sequence[str]) -> str | None:
    """Return the run whose name differs only in case, None where there is none.

    While there is one, no run of this name can begin (protocol 1.1).
    """
    return next((name for name in similar if name.lower() == sprint_id.lower()), None)


def similar_words(sprint_id: str, similar: Sequence[str]) -> str:
    """Return a part of a sentence that names the similar runs, "" where there are none."""
    twin = other_case(sprint_id, similar)
    if twin is not None:
        return f"there is {twin!r}, whose name differs only in case"
    return f"similar names: {', '.join(map(repr, similar))}" if similar else ""
