"""The metrics of a snapshot as an HTML table with curves, and as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display.look import TONES
from realtime_widgets.display.markup import QUIET, div, safe
from realtime_widgets.display.number_words import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.display.metrics import SavedMetric

__all__ = ["metric_line", "metric_table"]

WIDTH = 120
HEIGHT = 20
"""Size of a curve, in pixels."""

_CELL = "text-align:right;padding:0 12px 0 0;border:0;background:none"
_HEADINGS = ("metric", "last", "min", "max", "step", "")


def metric_table(metrics: Sequence[SavedMetric], more: int) -> str:
    """Return a table of the metrics; "" where there are none."""
    if not metrics:
        return ""
    head = "".join(f'<th style="{_CELL};font-weight:400">{name}</th>' for name in _HEADINGS)
    rows = "".join(f"<tr>{_row(metric)}</tr>" for metric in metrics)
    table = (
        f'<table style="margin:4px 0;border-collapse:collapse;font-size:12px">'
        f'<tr style="{QUIET}">{head}</tr>{rows}</table>'
    )
    return table + (div(QUIET, count(more, "more metric")) if more else "")


def metric_line(metric: SavedMetric) -> str:
    """Return a metric as a line of text."""
    extremes = f"min {metric.least}, max {metric.greatest}, step {metric.step}"
    return f"{metric.name}: {metric.last} ({extremes})"


def _row(metric: SavedMetric) -> str:
    words = (metric.name, metric.last, metric.least, metric.greatest, metric.step)
    cells = [safe(each) for each in words] + [_curve(metric.curve)]
    return "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)


def _curve(shares: Sequence[float]) -> str:
    if not shares:
        return ""
    right, below = (WIDTH - 2) / (len(shares) - 1), HEIGHT - 2
    points = " ".join(
        f"{1 + right * index:.0f},{1 + below * (1 - share):.1f}"
        for index, share in enumerate(shares)
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true" style="vertical-align:middle">'
        f'<polyline points="{points}" fill="none" stroke="{TONES["accent"]}"/></svg>'
    )
