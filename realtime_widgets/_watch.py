"""`watch()`: the live view of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.secret import as_secret
from realtime_widgets.display.show import view_of
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from realtime_widgets.display.widget import SprintView

__all__ = ["watch"]


def watch(sprint_id: str, *, height: str | None = None, server: str | None = None) -> SprintView:
    """Return the live view of a run of any publisher; the run may start later.

    Args:
        sprint_id: The run.
        height: Greatest height of the view as in CSS, such as `"30em"`; `"540px"` when None.
        server: As in `Sprint`; the page that shows the view must belong to the same server.

    Raises:
        InvalidSprintIdError: There can be no such run.
    """
    server = as_secret(server)
    return view_of(check_sprint_id(sprint_id), discover(server), height=height)
