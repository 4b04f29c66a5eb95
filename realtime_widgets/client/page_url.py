"""The address of the page that shows a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realtime_widgets.client.target import PublishTarget

__all__ = ["page_url"]


def page_url(target: PublishTarget, sprint_id: str | None) -> str:
    """Return the link to the page of a run, or with None to the list of runs; it has no token.

    Args:
        target: A server.
        sprint_id: The run's name.
    """
    return f"{target.name}realtime/" + (f"sprints/{sprint_id}" if sprint_id else "")
