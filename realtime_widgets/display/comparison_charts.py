"""The curves of a comparison as pictures in its saved output: a chart for each metric.

They are drawn where no page can load the curves, as from a kernel without a server, and stay in the
saved notebook.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.display.markup import QUIET, div, safe
from realtime_widgets.display.metrics import value_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime_widgets.display.compared_run import ComparedRun

__all__ = ["COLOURS", "MAX_CHARTS", "Curve", "comparison_charts", "curves_of"]

COLOURS = (
    *("#1976d2", "#d9730d", "#388e3c", "#8e44ad"),
    *("#d32f2f", "#00838f", "#8d6e63", "#59636e"),
)
"""Of the runs; each has enough contrast on white and on black."""

MAX_CHARTS = 12
"""Most charts that are drawn."""

MAX_POINTS = 200
"""Most points of a curve."""

WIDTH, HEIGHT = 300, 120
"""Size of a chart, in pixels."""


class Curve(NamedTuple):
    """The curve of a metric of one run."""

    run: int
    """Which of the runs, from 0."""

    steps: Sequence[float]
    means: Sequence[float]


def curves_of(runs: Sequence[ComparedRun]) -> dict[str, list[Curve]]:
    """Return the curves of the first `MAX_CHARTS` metrics of which any run has two points."""
    names = dict.fromkeys(name for run in runs for name in run.metrics)
    charts: dict[str, list[Curve]] = {}
    for name in names:
        curves = [
            _curve(number, run.metrics[name])
            for number, run in enumerate(runs)
            if name in run.metrics
        ]
        if any(len(curve.steps) > 1 for curve in curves):
            charts[name] = [curve for curve in curves if curve.steps]
    return dict(list(charts.items())[:MAX_CHARTS])


def _curve(run: int, metric: Mapping[str, Sequence[float]]) -> Curve:
    sums, counts = metric["sums"], metric["counts"]
    every = -(-len(sums) // MAX_POINTS) or 1
    places = range(0, len(sums), every)
    totals = [_bounded(sum(sums[at : at + every])) for at in places]
    means = [total / sum(counts[at : at + every]) for total, at in zip(totals, places, strict=True)]
    return Curve(run, [metric["steps"][at] for at in places], means)


def comparison_charts(charts: Mapping[str, Sequence[Curve]]) -> str:
    """Return the charts as HTML; "" where there are none.

    Args:
        charts: The curves by the names of the metrics, which are safe to be saved.
    """
    drawn = "".join(_chart(name, curves) for name, curves in charts.items())
    return drawn and div("display:flex;flex-wrap:wrap;gap:12px 24px;margin-top:8px", drawn)


def _chart(name: str, curves: Sequence[Curve]) -> str:
    low, high = _extent([mean for curve in curves for mean in curve.means])
    first, last = _extent([step for curve in curves for step in curve.steps])

    def points(curve: Curve) -> str:
        return " ".join(
            f"{2 + (WIDTH - 4) * _share(step, first, last):.1f},"
            f"{2 + (HEIGHT - 4) * (1 - _share(mean, low, high)):.1f}"
            for step, mean in zip(curve.steps, curve.means, strict=True)
        )

    lines = "".join(
        f'<polyline points="{points(curve)}" fill="none" stroke="{COLOURS[curve.run]}"/>'
        for curve in curves
    )
    picture = (
        f'<svg width="{WIDTH}" height="{HEIGHT}" aria-hidden="true" '
        f'style="border:1px solid rgba(128,128,128,.4);display:block">{lines}</svg>'
    )
    extents = (
        f"{value_words(low)} to {value_words(high)}, steps {value_words(first)} to "
        f"{value_words(last)}"
    )
    return div("font-size:12px", safe(name) + picture + div(QUIET, safe(extents)))


def _bounded(total: float) -> float:
    return min(max(total, -sys.float_info.max), sys.float_info.max)


def _extent(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _share(value: float, low: float, high: float) -> float:
    """Return where a value lies, from 0 to 1."""
    # Halved, as the difference of two large numbers may be no number.
    return 0.5 if low == high else (value / 2 - low / 2) / (high / 2 - low / 2)
