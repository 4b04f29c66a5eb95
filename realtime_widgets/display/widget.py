"""The live view of a run, as an ipywidget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import anywidget
import traitlets
from comm import DummyComm

from realtime_widgets.display.built_files import built_file
from realtime_widgets.display.comm_link import CommLink
from realtime_widgets.display.front_end import is_page_of, page_reads
from realtime_widgets.display.subshells import receive_in_subshells
from realtime_widgets.protocol.ids import check_sprint_id, random_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from comm.base_comm import BaseComm

    from realtime_widgets.client.target import Target

__all__ = ["SprintView"]

NOT_FOR_PAGES = frozenset({"key", "sprint_id", "link"})
"""Traits that only Python sets: what the kernel opens, it opens with its own credentials."""

KEY_BITS = 64

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class SprintView(anywidget.AnyWidget):
    """The live view of a run, in any front end that shows ipywidgets; returned by `watch`.

    It can be part of a layout, and `observe` reports changes of its traits. Its state, which a
    front end may save in the notebook, contains neither credentials nor an address nor log text.

    To show it in an `Output`, use `with output: display(view)` or put it in a layout. Alone in
    `append_display_data` it is shown in the running cell instead: it displays more than one output
    by `_ipython_display_`, which does not get the `Output`.

    Its comm is opened by the first access to `model_id`: a page that shows the run without the
    widget needs none.
    """

    _esm = built_file("widget.js")
    _css = built_file("widget.css")

    key = traitlets.Unicode(
        help="Random; by it the views of this widget find each other in a page."
    ).tag(sync=True)

    sprint_id = traitlets.Unicode(help="The run.").tag(sync=True)

    height = traitlets.Unicode(help="Greatest height, as in CSS; empty for 540px.").tag(sync=True)

    link = traitlets.Unicode(
        help=(
            'Where the run is: on the page\'s own "server", on another one ("remote"), or in the '
            '"kernel".'
        )
    ).tag(sync=True)

    status = traitlets.Unicode(help="The run's status, as the page shows it.").tag(sync=True)

    connection = traitlets.Unicode(help="The page's connection, in one word.").tag(sync=True)

    last_seq = traitlets.Int(help="Number of the last event that the page shows.").tag(sync=True)

    def __init__(self, sprint_id: str, *, height: str | None = None, target: Target) -> None:
        """Make a view.

        Args:
            sprint_id: The run.
            height: As in CSS.
            target: Where the run is.
        """
        self.target = target
        self._comm_link: CommLink | None = None
        self._is_made = False
        super().__init__(
            key=random_id(KEY_BITS),
            sprint_id=sprint_id,
            height=height or "",
            link=_place_of(target),
        )
        self._is_made = True
        self.on_msg(self._receive)

    def __repr__(self) -> str:
        return f"watch({self.sprint_id!r})"

    def __reduce__(self) -> tuple[Callable[..., SprintView], tuple[object, ...]]:
        """Leave out what belongs to the page and to this process, and credentials."""
        return _view, (self.sprint_id, self.height, self.target)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def open(self) -> None:
        """Open the comm, if there is none."""
        # The base class does it for each widget that is made.
        if self._is_made:
            super().open()

    @property
    def model_id(self) -> str:
        """What a page knows this widget by; asking for it opens the comm."""
        self.open()
        return str(super().model_id)

    @property
    def is_answered(self) -> bool:
        """Whether a page that shows this widget has answered."""
        return self._comm_link is not None and self._comm_link.is_answered

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return an output that shows this widget, and nothing else, and its metadata.

        Colab finds the code of the widget by the metadata.
        """
        live, metadata = super()._repr_mimebundle_() or ({}, {})
        return {WIDGET_VIEW: live[WIDGET_VIEW]}, metadata

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what a page has changed, as far as that is for a page to change."""
        super().set_state({k: v for k, v in sync_data.items() if k not in NOT_FOR_PAGES})

    def _ipython_display_(self) -> None:
        from realtime_widgets.display.cell_output import show_view

        show_view(self)

    @traitlets.validate("sprint_id")
    def _check_sprint_id(self, proposal: dict[str, Any]) -> str:
        return check_sprint_id(proposal["value"])

    @traitlets.observe("comm", "sprint_id")
    def _open_link(self, _: object) -> None:
        if self._comm_link is not None:
            self._comm_link.close()
            self._comm_link = None
        if _is_alive(self.comm):
            self._comm_link = CommLink(
                self.target, self.sprint_id, self.send, waits=page_reads(self.target)
            )
            receive_in_subshells(self.comm, self._comm_link.receive)

    def _receive(self, _: SprintView, content: object, __: object) -> None:
        if self._comm_link is not None:
            self._comm_link.receive(content)


def _view(sprint_id: str, height: str, target: Target) -> SprintView:
    return SprintView(sprint_id, height=height, target=target)


def _place_of(target: Target) -> str:
    if not target.is_server:
        return "kernel"
    return "server" if is_page_of(target) else "remote"


def _is_alive(comm: BaseComm | None) -> bool:
    """Whether it leads to a page: not in a process without a kernel."""
    return not (
        comm is None or isinstance(comm, DummyComm) or getattr(comm, "kernel", True) is None
    )
