"""What runs look like in a cell's output: the one seam between the publisher and the widgets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from realtime_widgets._cells import Output, keep_fresh, put_out
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._story import read_position, read_story
from realtime_widgets.widgets._snapshot import as_html, as_text
from realtime_widgets.widgets._story import Story, tell

if TYPE_CHECKING:
    from realtime_widgets.publisher._target import Target
    from realtime_widgets.widgets._sprint_view import SprintView

__all__ = ["MIME_TYPE", "show_sprint", "show_view", "still_bundle", "watch"]

MIME_TYPE = "application/vnd.realtime-widgets.sprint.v1+json"
"""What our extension of JupyterLab shows live, with no kernel; it holds the name of the run, how
high its view may be, and whether the HTML beside it tells anything yet."""

NOTHING_YET = "nothing has been published yet"
UNREADABLE = "no snapshot: the server cannot be read, and realtime_widgets.doctor() says why"

DISPLAY_ID_BYTES = 16

Bundle = dict[str, Any]


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


def still_bundle(sprint_id: str, target: Target, height: str = "") -> Bundle:
    """Return an output that needs no kernel, also where the run cannot be read now."""
    try:
        return _still(sprint_id, target, height)
    except ServerNotFoundError:
        # Not the reason: it may hold an address or a path, which is nothing for a saved file.
        return _bundle(Story(sprint_id, remarks=[UNREADABLE]), sprint_id, target, height)


def _has_page() -> bool:
    """Whether what is shown goes to a kernel's front end, and not to a terminal."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None


def _show_still(sprint_id: str, target: Target, height: str = "") -> None:
    try:
        told = read_position(target, sprint_id)
    except ServerNotFoundError:
        told = None
    display_id = secrets.token_hex(DISPLAY_ID_BYTES)
    put_out(still_bundle(sprint_id, target, height), display_id=display_id)
    keep_fresh(
        Output(display_id, sprint_id, target, lambda: _still(sprint_id, target, height), told)
    )


def _still(sprint_id: str, target: Target, height: str) -> Bundle:
    state, events = read_story(target, sprint_id)
    story = tell(state, events) if state else Story(sprint_id, remarks=[NOTHING_YET])
    return _bundle(story, sprint_id, target, height)


def _bundle(story: Story, sprint_id: str, target: Target, height: str) -> Bundle:
    bundle: Bundle = {"text/html": as_html(story), "text/plain": as_text(story)}
    if target.is_server:
        has_story = story.status is not None
        bundle[MIME_TYPE] = {"sprint_id": sprint_id, "height": height, "snapshot": has_story}
    return bundle
