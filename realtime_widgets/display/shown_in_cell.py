"""The methods of `Sprint` by which notebooks show it in a cell."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.runtime import fork_lock

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target

__all__ = ["ShownInCell"]

_log = logging.getLogger("realtime_widgets")


class ShownInCell:
    """Shows a run in a cell, by the protocols of IPython and marimo."""

    _sprint_id: str
    _target: Target
    _shows_itself: bool
    _view: object
    """The widget, where the run needs one."""

    def _show_itself(self) -> None:
        """Show the run in the cell that runs; a display that fails does not fail the run."""
        if not self._shows_itself or "IPython" not in sys.modules:
            return
        try:
            with fork_lock:
                from realtime_widgets.display.show import show_automatically
            self._view = show_automatically(self._sprint_id, self._target, self._view)
        except Exception:  # noqa: BLE001 - it is logged
            _log.exception("realtime-widgets: cannot show the view of %r", self._sprint_id)

    def _ipython_display_(self) -> None:
        from realtime_widgets.display.show import show_sprint

        self._view = show_sprint(self._sprint_id, self._target, self._view)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        from realtime_widgets.display.show import snapshot_bundle

        return snapshot_bundle(self._sprint_id, self._target)

    def _repr_html_(self) -> str:
        # For hosts that know HTML and no bundles, such as Streamlit.
        html: str = self._repr_mimebundle_()["text/html"]
        return html

    def _display_(self) -> object:
        # marimo's own protocol; the widgets of a cell that runs again are gone.
        from realtime_widgets.display.show import view_of

        return view_of(self._sprint_id, self._target)

    def _is_headless(self) -> bool:
        if "IPython" not in sys.modules:
            return False
        from realtime_widgets.display.front_end import Request

        return Request.current().is_program
