"""Shows a `Sprint` in a cell: with a widget where the page needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display.bundle import try_to_read_output, unread_output
from realtime_widgets.display.cell_output import show
from realtime_widgets.display.front_end import has_page, is_running_cell, page_reads
from realtime_widgets.display.refresh import MAX_AUTOMATIC, outputs_of_this_cell

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target
    from realtime_widgets.display.bundle import Bundle
    from realtime_widgets.display.refresh import CellOutput
    from realtime_widgets.display.widget import SprintView

__all__ = ["show_automatically", "show_sprint", "snapshot_bundle", "view_of"]


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
    if any(shown.is_automatic for shown in _shown_here(sprint_id, target)):
        return view
    shown = _view_for(sprint_id, target, view)
    show(try_to_read_output(target, sprint_id), shown)
    return shown or view


def show_automatically(sprint_id: str, target: Target, view: object) -> object:
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
    if sum(shown.is_automatic for shown in outputs_of_this_cell()) >= MAX_AUTOMATIC:
        return view
    shown = _view_for(sprint_id, target, view)
    show(unread_output(target, sprint_id), shown, is_automatic=True)
    return shown or view


def snapshot_bundle(sprint_id: str, target: Target) -> Bundle:
    """Return an output that needs no kernel, for hosts that show objects without IPython."""
    return try_to_read_output(target, sprint_id).bundle(height="")


def _view_for(sprint_id: str, target: Target, view: object) -> SprintView | None:
    """Return the widget that shows a run, None where the page shows it without one."""
    if not has_page() or page_reads(target):
        return None
    from realtime_widgets.display.widget import SprintView

    return view if isinstance(view, SprintView) else SprintView(sprint_id, target=target)


def _shown_here(sprint_id: str, target: Target) -> list[CellOutput]:
    return [
        output
        for output in outputs_of_this_cell()
        if output.sprint_id == sprint_id and output.target == target
    ]
