"""What runs look like in a cell's output: the one seam between the publisher and the widgets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from realtime_widgets._cells import Output, keep_fresh, put_out
from realtime_widgets._still import try_to_read_still
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._hidden import hide

if TYPE_CHECKING:
    from realtime_widgets._still import Bundle
    from realtime_widgets.publisher._target import Target
    from realtime_widgets.widgets._sprint_view import SprintView

__all__ = ["show_sprint", "show_view", "still_bundle", "watch"]

DISPLAY_ID_BYTES = 16


def watch(sprint_id: str, *, height: str | None = None, server: str | None = None) -> SprintView:
    """Return the live view of a run, whoever publishes it; it may begin later.

    Args:
        sprint_id: The run.
        height: Greatest height of the view as in CSS, such as `"30em"`; `"540px"` when None.
        server: As in `Sprint`; the page that shows the view must belong to the same server.

    Raises:
        InvalidSprintIdError: There can be no such run.
    """
    from realtime_widgets.widgets._sprint_view import SprintView

    server = hide(server)
    return SprintView(check_sprint_id(sprint_id), height=height, target=discover(server))


def show_sprint(sprint_id: str, target: Target, view: object) -> SprintView | None:
    """Show a run as an output of the cell that runs; see `show_view`.

    Args:
        sprint_id: The run.
        target: Where it is.
        view: What this function returned the last time.

    Returns:
        The widget, where the run needs one: to be shown again, because each is fed by itself.
    """
    if target.is_server or not _has_page():
        _show_still(sprint_id, target)
        return None
    from realtime_widgets.widgets._sprint_view import SprintView

    shown = view if isinstance(view, SprintView) else SprintView(sprint_id, target=target)
    show_view(shown)
    return shown


def show_view(view: SprintView) -> None:
    """Show a view as an output of the cell that runs, and keep fresh what is saved of it.

    Where a server has the run, the page shows it live by itself, and needs no widget for it. Where
    the run is in this kernel, the page sees it through the widget only. That one gets an output of
    its own: in an export that knows widgets it would hide the snapshot, and show nothing.
    """
    if not view.target.is_server and _has_page():
        put_out(view.bundle())
    _show_still(view.sprint_id, view.target, view.height)


def still_bundle(sprint_id: str, target: Target) -> Bundle:
    """Return an output that needs no kernel, for hosts that do not ask IPython how to show it."""
    return try_to_read_still(target, sprint_id).bundle(height="")


def _has_page() -> bool:
    """Whether what is shown goes to a kernel's front end, and not to a terminal."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _show_still(sprint_id: str, target: Target, height: str = "") -> None:
    still = try_to_read_still(target, sprint_id)
    display_id = secrets.token_hex(DISPLAY_ID_BYTES)
    put_out(still.bundle(height), display_id=display_id)
    keep_fresh(Output(display_id, sprint_id, target, height, still.told))
