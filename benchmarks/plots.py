"""Pictures of results, small and readable in light and dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "realtime-widgets"  # the same figures make the same file
mpl.rcParams["svg.fonttype"] = "none"  # text stays text: small, and found by a search

import matplotlib.pyplot as plt  # noqa: E402 - after the choice of how to draw
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

from benchmarks.answers import number  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

OURS, OTHER, LIMIT = "#2563eb", "#9ca3af", "#4b5563"
_WIDTH_INCHES = 7.2

LINEAR_TO = 60
"""How many times as long as the shortest bar the longest may be without a logarithmic scale."""


def draw_plot(plot: dict[str, Any], path: Path) -> None:
    """Draw one plot into a file."""
    height = 4.0 if plot["x"] else 0.9 + 0.28 * len(plot["series"])
    figure, axes = plt.subplots(figsize=(_WIDTH_INCHES, height), layout="constrained")
    better = "less is better" if plot["is_less_better"] else "more is better"
    if plot["x"]:
        _lines(axes, plot)
        axes.set_xlabel(plot["x_title"])
        axes.set_ylabel(f"{plot['unit']} ({better})")
    else:
        scale = _bars(axes, plot)
        axes.set_xlabel(f"{plot['unit']}{', logarithmic' if scale == 'log' else ''} ({better})")
    axes.set_title(plot["title"], loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    # Without a date, so that the file changes only with its figures.
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)


def _colour(label: str) -> str:
    if label.startswith("realtime-widgets"):
        return OURS
    return LIMIT if label.startswith("C,") else OTHER


def _bars(axes: Axes, plot: dict[str, Any]) -> str:
    """Draw bars, and return by which scale."""
    bars = [(label, values[0]) for label, values in plot["series"].items() if values[0]]
    bars.sort(key=lambda bar: bar[1], reverse=plot["is_less_better"])
    labels = [label for label, _ in bars]
    drawn = axes.barh(
        labels, [value for _, value in bars], color=[_colour(text) for text in labels]
    )
    axes.bar_label(drawn, fmt=number, padding=3, fontsize=8)
    values = [value for _, value in bars]
    # What is long by a linear scale can be seen by it.
    scale = "log" if values and max(values) > LINEAR_TO * min(values) else "linear"
    axes.set_xscale(scale)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.08)
    axes.tick_params(labelsize=8)
    return scale


def _lines(axes: Axes, plot: dict[str, Any]) -> None:
    for label, values in plot["series"].items():
        is_ours = _colour(label) == OURS
        axes.plot(
            plot["x"],
            [float("nan") if value is None else value for value in values],
            marker="o",
            label=label,
            linewidth=2.5 if is_ours else 1.2,
            markersize=4,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.legend(fontsize=7, ncols=2, frameon=False)
