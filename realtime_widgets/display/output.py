"""What runs look like in a cell's output: the one seam between the publisher and the widgets."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from realtime_widgets.display.bundle import try_to_read_still, unread_still
from realtime_widgets.display.front_end import has_page, is_running_cell, page_reads
from realtime_widgets.display.refresh import (
    MOST_BY_ITSELF,
    Output,
    keep_fresh,
    outputs_of_this_cell,
    put_out,
)

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target
    from realtime_widgets.display.bundle import Bundle, Still
    from realtime_widgets.display.widget import SprintView

__all__ = ["show_by_itself", "show_sprint", "show_view", "still_bundle", "view_of"]

DISPLAY_ID_BYTES = 16


def view_of(sprint_id: str, target: Target, *, height: str | None = None) -> SprintView:
    """Return a new widget that shows a run."""
    from realtime_widgets.display.widget import SprintView

    return SprintView(sprint_id, height=height, target=target)


def show_sprint(sprint_id: str, target: Target, view: object) -> object:
    """Show a run as an output of the running cell, unless the cell shows it by itself already.

    Args:
        sprint_id: The run.
        target: Where it is.
        view: What this function returned the last time.

    Returns:
        The widget, where the run needs one: to be shown again, because each is fed by itself.
    """
    if any(shown.is_by_itself for shown in _shown_here(sprint_id, target)):
        return view
    shown = _view_for(sprint_id, target, view)
    _show(try_to_read_still(target, sprint_id), shown)
    return shown or view


def show_by_itself(sprint_id: str, target: Target, view: object) -> object:
    """Show a run that begins, once for each cell; where no cell runs, nothing is shown.

    It does not wait for a server: what is saved is read a moment later. A cell shows so many runs
    and not more, so that a loop over a thousand of them does not fill the page.

    Args:
        sprint_id: The run.
        target: Where it is.
        view: What this function or `show_sprint` returned the last time.
    """
    if not is_running_cell() or _shown_here(sprint_id, target):
        return view
    if sum(shown.is_by_itself for shown in outputs_of_this_cell()) >= MOST_BY_ITSELF:
        return view
    shown = _view_for(sprint_id, target, view)
    _show(unread_still(target, sprint_id), shown, is_by_itself=True)
    return shown or view


def show_view(view: SprintView) -> None:
    """Show a view as an output of the running cell, and keep fresh what is saved of it."""
    is_needed = has_page() and not page_reads(view.target)
    still = try_to_read_still(view.target, view.sprint_id)
    _show(still, view if is_needed else None, height=view.height)


def still_bundle(sprint_id: str, target: Target) -> Bundle:
    """Return an output that needs no kernel, for hosts that do not ask IPython how to show it."""
    return try_to_read_still(target, sprint_id).bundle(height="")


def _view_for(sprint_id: str, target: Target, view: object) -> SprintView | None:
    """Return the widget that shows a run, None where the page shows it without one."""
    if not has_page() or page_reads(target):
        return None
    from realtime_widgets.display.widget import SprintView

    return view if isinstance(view, SprintView) else SprintView(sprint_id, target=target)


def _show(
    still: Still, view: SprintView | None, *, height: str = "", is_by_itself: bool = False
) -> None:
    """Put out a widget, if there is one, and a snapshot that is kept fresh.

    The widget gets an output of its own: in an export that knows widgets it would hide the
    snapshot, and show nothing.
    """
    if view is not None:
        data, metadata = view.bundle()
        put_out(data, metadata=metadata)
    display_id = secrets.token_hex(DISPLAY_ID_BYTES)
    put_out(still.bundle(height), display_id=display_id)
    keep_fresh(
        Output(
            display_id,
            still.story.name,
            still.target,
            height,
            still.told,
            # Without a widget the page shows it live by itself, or there is none.
            is_live=lambda: view is None or view.is_heard,
            is_by_itself=is_by_itself,
        )
    )


def _shown_here(sprint_id: str, target: Target) -> list[Output]:
    return [
        output
        for output in outputs_of_this_cell()
        if output.sprint_id == sprint_id and output.target == target
    ]
