"""Runs side by side in a cell: live where the page can, and a table and charts to be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from realtime_widgets.client.history import SHOW_S
from realtime_widgets.client.publishing.outbox.outboxes import flush_before_reading
from realtime_widgets.client.redaction import redact
from realtime_widgets.display.compared_run import Row, read_run, rows_of
from realtime_widgets.display.comparison_charts import COLOURS, comparison_charts, curves_of
from realtime_widgets.display.look import TONES
from realtime_widgets.display.markup import QUIET, safe, tint
from realtime_widgets.display.saved_text import SavedText
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.client.target import Target
    from realtime_widgets.display.bundle import Bundle
    from realtime_widgets.display.compared_run import ComparedRun, Subject

__all__ = ["COMPARISON_TYPE", "Comparison"]

COMPARISON_TYPE = "application/vnd.realtime-widgets.comparison.v1+json"
"""MIME type that the JupyterLab extension renders live. It contains the names of the runs."""

MAX_ROWS = 400
"""Most rows that are saved."""

MAX_CELL = 120
"""Most characters of a cell."""

UNREADABLE = "the runs cannot be read now; realtime_widgets.doctor() shows why"

_CELL = "text-align:left;vertical-align:top;padding:1px 16px 1px 0;border:0"


class Comparison:
    """Runs side by side; returned by `compare`. A notebook shows it.

    Args:
        subjects: The runs.
        target: Where they are.
    """

    def __init__(self, subjects: Sequence[Subject], target: Target) -> None:
        self._subjects = subjects
        self._target = target

    @property
    def url(self) -> str | None:
        """The link to the page of the comparison, without a token; None without a server."""
        if not self._target.is_server:
            return None
        query = urlencode([("run", subject.label) for subject in self._subjects], safe="@")
        return f"{self._target.name}realtime/compare?{query}"

    def __repr__(self) -> str:
        return _as_text(self._table(self._read()))

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        runs = self._read()
        table = self._table(runs)
        text = SavedText(redact)
        charts = {text(name, MAX_CELL): curves for name, curves in curves_of(runs or []).items()}
        page = _as_html(table) + comparison_charts(charts)
        bundle: dict[str, Any] = {"text/html": page, "text/plain": _as_text(table)}
        if self._target.is_server:
            bundle[COMPARISON_TYPE] = {"runs": [subject.label for subject in self._subjects]}
        return bundle

    def _table(self, runs: Sequence[ComparedRun] | None) -> list[Row]:
        """Return the head and the rows, as they may be saved; None for runs that cannot be read."""
        head = Row("run", [subject.label for subject in self._subjects])
        text = SavedText(redact)
        rows = [Row(UNREADABLE)] if runs is None else rows_of(runs)
        saved = [
            row._replace(
                title=text(row.title, MAX_CELL), cells=[text(cell, MAX_CELL) for cell in row.cells]
            )
            for row in rows[:MAX_ROWS]
        ]
        more = [Row(f"{len(rows) - MAX_ROWS:,} more rows")] if len(rows) > MAX_ROWS else []
        return [head, *saved, *more]

    def _read(self) -> list[ComparedRun] | None:
        flush_before_reading(self._target, timeout=SHOW_S)
        try:
            with self._target.on_one_connection() as connected:
                return [read_run(connected, subject, SHOW_S) for subject in self._subjects]
        except (TimeoutError, ServerNotFoundError):
            # Without the reason: it may hold an address, which is nothing for a saved file.
            return None


def _as_text(table: Sequence[Row]) -> str:
    full = [(row.title, *row.cells) for row in table if row.cells]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    lines = []
    for row in table:
        cells = zip((row.title, *row.cells), widths, strict=False)
        lines.append("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    return "\n".join(lines)


def _as_html(table: Sequence[Row]) -> str:
    head, *rows = table
    columns = len(head.cells) + 1
    body = "".join(_row(row, columns) for row in rows)
    names = f'<th style="{_CELL}"></th>' + "".join(
        f'<th style="{_CELL}"><span style="color:{colour}">■</span> {safe(cell)}</th>'
        for cell, colour in zip(head.cells, COLOURS, strict=False)
    )
    return (
        f'<table style="border-collapse:collapse;font-size:12px"><thead><tr>{names}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(row: Row, columns: int) -> str:
    if not row.cells:
        style = f"{_CELL};padding-top:8px"
        return f'<tr><th colspan="{columns}" style="{style}">{safe(row.title)}</th></tr>'
    style = f"{_CELL};background:{tint(TONES['accent'], 0.1)}" if row.is_difference else _CELL
    cells = "".join(f'<td style="{style}">{safe(cell)}</td>' for cell in row.cells)
    return f'<tr><th style="{_CELL};font-weight:400;{QUIET}">{safe(row.title)}</th>{cells}</tr>'
