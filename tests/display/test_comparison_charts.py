"""The curves of a comparison in its saved output."""

from __future__ import annotations

import re
from typing import Any

from realtime_widgets import Sprint, compare
from realtime_widgets.display.compared_run import ComparedRun
from realtime_widgets.display.comparison_charts import (
    COLOURS,
    MAX_CHARTS,
    MAX_POINTS,
    Curve,
    comparison_charts,
    curves_of,
)
from realtime_widgets.protocol.ids import random_id


def series(*values: float) -> dict[str, Any]:
    return {"steps": list(range(len(values))), "sums": list(values), "counts": [1] * len(values)}


def run(**metrics: dict[str, Any]) -> ComparedRun:
    return ComparedRun("a", metrics=metrics)


def test_each_metric_has_a_chart_with_a_curve_for_each_run_that_has_it() -> None:
    charts = curves_of([run(loss=series(1, 3)), run(acc=series(1)), run(loss=series(2))])

    assert charts == {"loss": [Curve(0, [0, 1], [1, 3]), Curve(2, [0], [2])]}


def test_charts_and_points_are_bounded() -> None:
    long = series(*map(float, range(2_000)))
    charts = curves_of([run(**{f"m{number}": long for number in range(20)})])

    assert list(charts) == [f"m{number}" for number in range(MAX_CHARTS)]
    assert all(len(curve.means) == MAX_POINTS for (curve,) in charts.values())


def test_curves_have_the_colours_of_their_runs_and_a_name_is_escaped() -> None:
    html = comparison_charts({"<b>": [Curve(0, [0, 4], [1, 3]), Curve(1, [0, 2], [1, -1])]})

    assert re.findall(r'points="(.*?)" fill="none" stroke="(.*?)"', html) == [
        ("2.0,60.0 298.0,2.0", COLOURS[0]),
        ("2.0,60.0 150.0,118.0", COLOURS[1]),
    ]
    assert "&lt;b&gt;" in html
    assert "-1 to 3, steps 0 to 4" in html


def test_a_flat_curve_and_huge_values_are_drawn() -> None:
    assert "2.0,60.0 298.0,60.0" in comparison_charts({"a": [Curve(0, [0, 1], [7, 7])]})
    assert "2.0,118.0 298.0,2.0" in comparison_charts({"a": [Curve(0, [0, 1], [-1e308, 1e308])]})


def test_a_kernel_without_a_server_saves_the_curves_with_the_table() -> None:
    names = [f"run-{random_id(64)}" for _ in range(2)]
    for name in names:
        with Sprint(name, server="embedded", show=False) as sprint:
            for loss in (3, 1, 2):
                sprint.metrics(loss=loss)

    html = compare(*names, server="embedded")._repr_mimebundle_()["text/html"]

    assert html.count("<polyline") == 2
    assert html.count("■") == 2
