"""The metrics of a snapshot: newest value and extremes of each, and its curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.display import number_words
from realtime_widgets.protocol.metrics.columns import expanded
from realtime_widgets.protocol.metrics.series import Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.display.saved_text import SavedText
    from realtime_widgets.protocol.metrics.event import MetricValue
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["SavedMetric", "choose_metrics", "value_words"]

MAX_METRICS = 8
MAX_NAME = 80

MAX_POINTS = 40
"""Most points of a curve."""

LARGE = 1e9
"""From here on a number is written with an exponent."""


@dataclass(frozen=True)
class SavedMetric:
    """A metric of the run."""

    name: str
    last: str
    least: str
    greatest: str
    step: str
    curve: Sequence[float] = ()
    """The means of its newest values, each from 0, the least of them, to 1."""


def choose_metrics(
    state: RunState, events: Iterable[dict[str, Any]], text: SavedText
) -> list[SavedMetric]:
    """Return the first metrics of a run.

    Args:
        state: The run's state.
        events: The newest events of its newest attempt, flat; the curves are made of them.
        text: Makes text safe to be saved.
    """
    chosen = state.metrics[:MAX_METRICS]
    curves = {metric.name: Series(MAX_POINTS) for metric in chosen}
    for event in events:
        if event.get("type") == "metrics":
            _add(curves, expanded(event))
    return [
        SavedMetric(
            name=text(metric.name, MAX_NAME),
            last=value_words(metric.last),
            least=value_words(metric.min),
            greatest=value_words(metric.max),
            step=value_words(metric.step),
            curve=_scaled(curves[metric.name]),
        )
        for metric in chosen
    ]


def _add(curves: dict[str, Series], event: dict[str, Any]) -> None:
    for name, curve in curves.items():
        column = event["values"].get(name, ())
        for step, value in zip(event["steps"], column, strict=False):
            if isinstance(value, int | float):
                curve.add(step, value)


def _scaled(curve: Series) -> list[float]:
    if len(curve.steps) < 2:  # noqa: PLR2004 - a line needs two points
        return []
    means = [total / count for total, count in zip(curve.sums, curve.counts, strict=True)]
    low, high = min(means), max(means)
    if low == high:
        return [0.5] * len(means)
    # Halved, as the difference of two large numbers may be no number.
    return [(mean / 2 - low / 2) / (high / 2 - low / 2) for mean in means]


def value_words(value: MetricValue | None) -> str:
    """Return a value in words."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value.replace("Infinity", "∞")
    return number_words.number(value) if abs(value) < LARGE else f"{value:.3g}".replace("e+", "e")
