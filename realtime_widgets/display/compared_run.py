"""What of a run is compared with other runs, and in which rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from realtime_widgets.display.metrics import value_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from realtime_widgets.client.target import Target
    from realtime_widgets.protocol.details.event import Setting

__all__ = ["ComparedRun", "Row", "Subject", "read_run", "rows_of"]

MISSING = "-"
"""Shown for what a run does not have."""


class Subject(NamedTuple):
    """A run, or one of its attempts."""

    label: str
    sprint_id: str
    attempt: int | None


@dataclass(frozen=True)
class ComparedRun:
    """A run as it was when it was read."""

    label: str
    about: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Setting] = field(default_factory=dict)
    environment: Mapping[str, Setting] = field(default_factory=dict)
    metrics: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """States of the metrics by name."""


class Row(NamedTuple):
    """A row of the table: a cell for each run. A heading has no cells."""

    title: str
    cells: Sequence[str] = ()
    is_difference: bool = False


def read_run(target: Target, subject: Subject, timeout: float) -> ComparedRun:
    """Read what is compared of a run.

    Raises:
        ServerNotFoundError: It cannot be read.
    """
    label, sprint_id, attempt = subject
    series = target.series(sprint_id, attempt, timeout=timeout)
    state = target.run(sprint_id, timeout=timeout) if series and series["epoch"] else None
    if series is None or state is None:
        return ComparedRun(label, {"status": "no such run"})
    past = next((one for one in state["past"] if one["attempt"] == attempt), None)
    if past is None and attempt not in {None, state["attempt"]}:
        return ComparedRun(label, {"status": "no such attempt"})
    details = state.get("details") or {}
    about = {
        "status": (past or state)["status"],
        "title": details.get("title") or "",
        "tags": ", ".join(details.get("tags", ())),
    }
    metrics = {metric["name"]: metric for metric in series["metrics"]}
    # An older server has none.
    config, environment = series.get("config", {}), series.get("environment", {})
    return ComparedRun(label, about, config, environment, metrics)


def rows_of(runs: Sequence[ComparedRun]) -> list[Row]:
    """Return the rows: what the runs are, the settings in which they differ, and their metrics."""
    rows = [
        Row(name, cells)
        for name in ("status", "title", "tags")
        if any(cells := [run.about.get(name, "") for run in runs])
    ]
    for title in ("config", "environment"):
        columns: list[Mapping[str, Setting]] = [getattr(run, title) for run in runs]
        rows += _setting_rows(title, columns)
    return rows + _metric_rows(runs)


def _setting_rows(title: str, columns: Sequence[Mapping[str, Setting]]) -> list[Row]:
    """Return the settings that differ, of one run all of them, and how many are equal."""
    rows = []
    names = _names(columns)
    for name in names:
        cells = [_setting(column, name) for column in columns]
        differs = len(set(cells)) > 1
        if differs or len(columns) == 1:
            rows.append(Row(name, cells, differs))
    equal = len(names) - len(rows)
    heading = f"{title}: {len(rows)} different, {equal} equal" if len(columns) > 1 else title
    return [Row(heading), *rows] if names else []


def _metric_rows(runs: Sequence[ComparedRun]) -> list[Row]:
    names = _names([run.metrics for run in runs])
    rows = [
        Row(f"{name} {value}", [_value(run, name, value) for run in runs])
        for name in names
        for value in ("last", "min", "max")
    ]
    return [Row("metrics"), *rows] if names else []


def _names(columns: Iterable[Mapping[str, object]]) -> list[str]:
    """Return all names, in the order in which they came."""
    return list(dict.fromkeys(name for column in columns for name in column))


def _setting(column: Mapping[str, Setting], name: str) -> str:
    if name not in column:
        return MISSING
    value = column[name]
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(run: ComparedRun, name: str, value: str) -> str:
    metric = run.metrics.get(name)
    return MISSING if metric is None else value_words(metric[value])
