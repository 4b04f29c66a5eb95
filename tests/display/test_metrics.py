"""The metrics in the snapshot of a run."""

from __future__ import annotations

from typing import Any

from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.snapshot import Snapshot, build_snapshot
from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.run_state import RunState


def snapshot(*events: dict[str, Any]) -> Snapshot:
    state = RunState(sprint_id="run")
    state.apply(1, "2026-11-30T07:00:00.000Z", [validate_event(event) for event in events])
    return build_snapshot(state, [{**event, "seq": n} for n, event in enumerate(events, 1)])


def metrics(values: dict[str, list[Any]]) -> dict[str, Any]:
    rows = len(next(iter(values.values())))
    return {"type": "metrics", "steps": list(range(rows)), "values": values}


def test_a_metric_has_its_newest_value_its_extremes_and_a_curve() -> None:
    html = as_html(snapshot(metrics({"train/loss": [0.75, 0.25, 0.5]})))

    for words in ("train/loss", ">0.5<", ">0.25<", ">0.75<", ">2<", "<polyline"):
        assert words in html


def test_text_has_a_line_for_each_metric_and_words_for_what_is_no_number() -> None:
    text = as_text(snapshot(metrics({"loss": [0.5, "NaN"], "gone": ["-Infinity", None]})))

    assert "loss: NaN (min 0.5, max 0.5, step 1)" in text
    assert "gone: -∞ (min none, max none, step 0)" in text


def test_values_of_any_size_are_written_and_drawn() -> None:
    html = as_html(
        snapshot(metrics({"a": [-1.7e308, 1.7e308], "b": [5, 5], "c": [1e-300, 2**53 - 1]}))
    )

    assert "1.7e308" in html
    assert html.count("<polyline") == 3
    assert "nan" not in html


def test_a_snapshot_of_many_long_metrics_is_small_and_names_how_many_are_missing() -> None:
    values = {"<" * 100 + str(n): [float(v) for v in range(60)] for n in range(60)}

    html = as_html(snapshot(*[metrics(values)] * 4))

    assert len(html) < 20_000
    assert "42 more metrics" in html
