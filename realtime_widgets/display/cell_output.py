"""Puts a run into the output of the running cell: a widget where one is needed, and a snapshot."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

from realtime_widgets.display.bundle import try_to_read_output
from realtime_widgets.display.front_end import has_page, page_reads
from realtime_widgets.display.refresh import CellOutput, display_bundle, keep_refreshed

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target
    from realtime_widgets.display.bundle import RunOutput

__all__ = ["View", "show", "show_view"]

DISPLAY_ID_BYTES = 16


class View(Protocol):
    """What is used of a widget that shows a run."""

    target: Target
    sprint_id: Any
    height: Any

    @property
    def is_answered(self) -> bool:
        """Whether a page that shows this widget has answered."""

    @property
    def model_id(self) -> str:
        """The id of its comm."""

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return an output that shows this widget, and its metadata."""


def show_view(view: View) -> None:
    """Show a view as an output of the running cell, and keep fresh what is saved of it."""
    is_needed = has_page() and not page_reads(view.target)
    output = try_to_read_output(view.target, view.sprint_id)
    show(output, view if is_needed else None, height=view.height)


def show(
    output: RunOutput, view: View | None, *, height: str = "", is_automatic: bool = False
) -> None:
    """Put out a widget, if there is one, and a snapshot that is kept fresh.

    The widget gets a separate output: in an export that knows widgets it would hide the
    snapshot, and show nothing.
    """
    if view is not None:
        data, metadata = view.bundle()
        display_bundle(data, metadata=metadata)
    display_id = secrets.token_hex(DISPLAY_ID_BYTES)
    comm_id = view.model_id if view is not None else None
    display_bundle(output.bundle(height, comm_id), display_id=display_id)
    keep_refreshed(
        CellOutput(
            display_id,
            output.snapshot.name,
            output.target,
            height,
            output.position,
            # Without a widget the page shows it live by itself, or there is none.
            is_live=lambda: view is None or view.is_answered,
            is_automatic=is_automatic,
            comm_id=comm_id,
        )
    )
