"""The metrics in the state of a run; their rules are in the vectors of `state.json`."""

from __future__ import annotations

from realtime_widgets.protocol.events import Metrics
from realtime_widgets.protocol.metrics.state import MAX_METRICS, MetricState, update_metrics
from realtime_widgets.protocol.run_state import RunState


def test_a_state_has_the_first_50_metrics() -> None:
    metrics: list[MetricState] = []
    for value in (1, 2):
        values = {f"m{n}": [value] for n in range(80)}
        update_metrics(metrics, Metrics.model_validate(_event(values)))

    assert [metric.name for metric in metrics] == [f"m{n}" for n in range(MAX_METRICS)]
    assert {metric.count for metric in metrics} == {2}


def test_a_saved_state_has_values_beyond_the_integers_of_browsers() -> None:
    metrics: list[MetricState] = []
    update_metrics(metrics, Metrics.model_validate(_event({"loss": [1e300], "bad": ["NaN"]})))
    state = RunState(sprint_id="run", metrics=metrics)

    assert RunState.model_validate_json(state.model_dump_json()) == state


def _event(values: dict[str, list[object]]) -> dict[str, object]:
    return {"type": "metrics", "steps": [0], "values": values}
