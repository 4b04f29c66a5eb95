"""The live view of a run, as an ipywidget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SprintView"]

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def _built(name: str) -> Path:
    """Return a file of the built front end.

    Raises:
        FileNotFoundError: It has not been built.
    """
    path = Path(__file__).parents[1] / "static" / name
    if not path.is_file():
        msg = (
            f"the front end is not built: {path.name} is missing; "
            "run `npm ci` and `npm run build` in the folder `frontend`"
        )
        raise FileNotFoundError(msg)
    return path


class SprintView(anywidget.AnyWidget):
    """Shows a run while it goes on, in any front end that shows ipywidgets; made by `watch`.

    It goes into layouts, and `observe` tells of changes. Its state, which a front end may save in
    the notebook, holds neither credentials nor an address nor a word of the log.
    """

    _esm = _built("widget.js")
    _css = _built("widget.css")

    sprint_id = traitlets.Unicode(help="The run.").tag(sync=True)

    height = traitlets.Unicode(help="Greatest height, as in CSS; empty for 540px.").tag(sync=True)

    status = traitlets.Unicode(help="The run's status, as the page shows it.").tag(sync=True)

    connection = traitlets.Unicode(help="The page's connection, in one word.").tag(sync=True)

    last_seq = traitlets.Int(help="Number of the last event that the page shows.").tag(sync=True)

    def __init__(
        self,
        sprint_id: str,
        *,
        height: str | None = None,
        is_live: bool,
        snapshot: Callable[[], str],
    ) -> None:
        """Make a view.

        Args:
            sprint_id: The run.
            height: As in CSS.
            is_live: Whether the page can reach the run; without that only the snapshot is shown.
            snapshot: Makes the HTML that shows the run as it is now.
        """
        self._is_live = is_live
        self._snapshot = snapshot
        super().__init__(sprint_id=sprint_id, height=height or "")

    def __repr__(self) -> str:
        return f"watch({self.sprint_id!r})"

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a cell's output holds: the view, the snapshot and a text."""
        live, metadata = super()._repr_mimebundle_() or ({}, {})
        view = {WIDGET_VIEW: live[WIDGET_VIEW]} if self._is_live and WIDGET_VIEW in live else {}
        return {**view, "text/html": self._snapshot(), "text/plain": repr(self)}, metadata

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.bundle()
