"""What runs look like in a cell's output: the one seam between the publisher and the widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.publisher._discovery import discover
from realtime_widgets.publisher._story import read_story
from realtime_widgets.widgets._snapshot import explain, snapshot

if TYPE_CHECKING:
    from realtime_widgets.publisher._target import Target
    from realtime_widgets.widgets._sprint_view import SprintView

__all__ = ["sprint_bundle", "watch"]

Bundle = tuple[dict[str, Any], dict[str, Any]]


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

    target = discover(server)
    return SprintView(
        check_sprint_id(sprint_id),
        height=height,
        is_live=target.is_server,
        snapshot=lambda: _snapshot(target, sprint_id),
    )


def sprint_bundle(sprint_id: str, target: Target, view: object, text: str) -> tuple[Bundle, object]:
    """Return what a `Sprint` shows as a cell's last expression, and its view if it has one.

    Args:
        sprint_id: The run.
        target: Where it is published.
        view: The view that the sprint has shown before.
        text: Its `repr`.
    """
    if not target.is_server:
        return ({"text/plain": text, "text/html": _snapshot(target, sprint_id)}, {}), None
    from realtime_widgets.widgets._sprint_view import SprintView

    if not isinstance(view, SprintView):
        view = SprintView(sprint_id, is_live=True, snapshot=lambda: _snapshot(target, sprint_id))
    data, metadata = view.bundle()
    return ({**data, "text/plain": text}, metadata), view


def _snapshot(target: Target, sprint_id: str) -> str:
    try:
        state, events = read_story(target, sprint_id)
    except ServerNotFoundError as error:
        return explain(sprint_id, f"No snapshot: {target.name} cannot be read ({error.reason}).")
    if state is None:
        return explain(sprint_id, "Nothing has been published yet.")
    return snapshot(state, events)
