"""`doctor()`: where events go and what a cell holds, shown where the user looks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from realtime_widgets.client.diagnosis import examine
from realtime_widgets.client.marimo import in_marimo
from realtime_widgets.client.secret import as_secret
from realtime_widgets.display.front_end import front_end_name, page_reads, shell
from realtime_widgets.display.refresh import display_bundle

if TYPE_CHECKING:
    from realtime_widgets.client.diagnosis import Findings
    from realtime_widgets.client.target import Target

__all__ = ["Report", "doctor"]

_LOOKED = "realtime-widgets looked for a server in these places:"

_OTHERS = "Other Jupyter servers of this user on this machine:"

_BY_PAGE = (
    "the page reads it from the server, without the kernel, and the notebook saves a snapshot."
)
_BY_WIDGET = "a widget gets it through the kernel, and the notebook saves a snapshot."
_BY_WIDGET_ONLY = "a widget gets it from the process that runs the cells."


class Report:
    """What `doctor()` found: `str` gives it as text, and notebooks show it."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._words = [*findings.words, *_about_cells(findings.target)]
        self._shown_in: int | None = None
        """IPython's number of the cell that shows it already."""

    def __str__(self) -> str:
        places = [f"  {n}. {place}" for n, place in enumerate(self._findings.places, 1)]
        others = [f"  {server}" for server in self._findings.others]
        listed = ["", _OTHERS, *others] if others else []
        return "\n".join([_LOOKED, *places, "", *self._words, *listed])

    def __repr__(self) -> str:
        return f"<Report: {self._words[0]}>"

    def _repr_html_(self) -> str:
        places = "".join(f"<li>{html.escape(place)}</li>" for place in self._findings.places)
        others = "".join(f"<li>{html.escape(server)}</li>" for server in self._findings.others)
        listed = f"{_OTHERS}<ul>{others}</ul>" if others else ""
        first, *rest = map(html.escape, self._words)
        return (
            f"<div><strong>{first}</strong><br>{'<br>'.join(rest)}"
            f"{listed}"
            f'<details style="margin-top:4px"><summary>{_LOOKED}</summary><ol>{places}</ol>'
            "</details></div>"
        )

    def _ipython_display_(self) -> None:
        ipython = shell()
        cell = ipython.execution_count if ipython is not None else None
        if cell is None or cell != self._shown_in:
            self._shown_in = cell
            display_bundle({"text/plain": str(self), "text/html": self._repr_html_()})


def doctor(*, server: str | None = None) -> Report:
    """Show what was found to publish to, what is used, and what to do when it does not work.

    It needs no server, changes nothing, and shows no token. In IPython it is shown in the cell
    that runs, once; marimo shows it as the last expression of a cell; elsewhere it is printed.

    Args:
        server: As in `Sprint`.

    Returns:
        What is shown; `str` gives it as text.

    Raises:
        ValueError: `server` is no such URL.
    """
    server = as_secret(server)
    report = Report(examine(server))
    if shell() is not None:
        report._ipython_display_()
    elif not in_marimo():
        print(report)  # noqa: T201 - the user has called for it
    return report


def _about_cells(target: Target) -> list[str]:
    """Return what a cell holds of a run in the front end that shows this, where there is one."""
    name = front_end_name()
    if name is None:
        return []
    if page_reads(target):
        how = _BY_PAGE
    elif in_marimo():
        how = _BY_WIDGET_ONLY
    else:
        how = _BY_WIDGET
    return [f"A cell in {name} shows a run live: {how}"]
