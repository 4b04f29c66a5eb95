"""The method of `Sprint` that publishes metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import time
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.publishing.fit import name as short_name
from realtime_widgets.client.publishing.fit import plain_number, text
from realtime_widgets.client.publishing.outbox.metric_rows import METRICS, row_size
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.metrics.event import MAX_NAME, MAX_NAMES
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.outbox.joining import JoiningKey
    from realtime_widgets.client.publishing.outbox.outbox import Outbox
    from realtime_widgets.protocol.metrics.event import MetricValue

__all__ = ["MetricVerbs"]

MAX_KNOWN = 1_000
"""Most metrics of a `Sprint`; further ones are not published, and a warning names the first."""

MAX_WARNINGS = 100
"""Most warnings of a `Sprint` about values that are no numbers."""


class MetricVerbs:
    """Publishes the metrics of a run; what it takes and raises is documented at `Sprint`."""

    _strict: bool
    _outbox: Outbox
    _metric_steps: dict[str, int | float]
    """The next step of each metric."""

    _metric_rows: dict[tuple[str, ...], tuple[JoiningKey, int]]
    """Of rows that were published, by their names: the joining key, and the size of such a row."""

    _metric_warnings: set[str | None]
    """What warnings were logged about."""

    def log(self, message: object, level: str | int = "info") -> None:
        """Publish a log line."""
        raise NotImplementedError

    def metrics(
        self,
        values: Mapping[str, object] | None = None,
        /,
        *,
        step: object = None,
        **named: object,
    ) -> None:
        """Publish values that a training or an evaluation measures; it takes microseconds.

        ```python
        sprint.metrics({"train/loss": 0.31, "lr": 1e-4}, step=1200)
        sprint.metrics(loss=0.31)
        ```

        Calls in quick succession are stored as one event. No value is dropped: steps may repeat and
        go backwards, and NaN and the infinities are shown as such, with a notice in the view.

        Args:
            values: Values by the names of their metrics, at most 128 characters each. Names that
                differ in `train`, `val`, `valid`, `eval` or `test` as their first or last part,
                as in `train/loss` and `val/loss`, share a chart. A value is a number of any
                package, or an array or tensor of one element: that of a GPU is waited for. None
                means no value. What is no number becomes a warning in the log, once a name.
            step: The step of all values: a number. By default each metric counts its own steps,
                0, 1, 2 ..., or on from the last step that was given.
            named: Further values by name.

        Raises:
            InvalidEventError: With `strict`, a value or the step is no number.
            QueueFullError: Too much is waiting to be sent.
        """
        if type(values) is dict and not named:
            given = values
        else:
            given = named if values is None else {**_mapping(values), **named}
        names = tuple(given)
        known = self._metric_rows.get(names)
        if known is None or not self._publish_row(step, names, tuple(given.values()), known):
            self._publish_metrics(given, step)

    def _publish_row(
        self,
        step: object,
        names: tuple[str, ...],
        row: tuple[Any, ...],
        known: tuple[JoiningKey, int],
    ) -> bool:
        """Publish a row of known metrics; return False where it is not a usual one.

        That has finite values of type float at one step, and is the hot path. A thread may have
        changed the mapping since its names were read.
        """
        if len(row) != len(names):
            return False
        for value in row:
            if type(value) is not float or value - value != 0:
                return False
        counters = self._metric_steps
        at: int | float
        if type(step) is int and -MAX_INTEGER <= step <= MAX_INTEGER:
            at = step
        elif step is None:
            steps = {counters[name] for name in names}
            at = steps.pop()
            if steps:
                return False
        else:
            return False
        following = at + 1
        for name in names:
            counters[name] = following
        # The key of all rows with these names, not a new one: a million that wait take less memory.
        key, size = known
        self._outbox.append((at, time(), *row), size, joins=key)
        return True

    def _publish_metrics(self, given: Mapping[str, object], step: object) -> None:
        """Publish values of any kind, in rows of one step and of at most `MAX_NAMES`."""
        counters = self._metric_steps
        values: dict[str, MetricValue] = {}
        for name, value in given.items():
            number = self._metric_value(name, value)
            if number is not None and (known := self._known_metric(name)):
                values[known] = number
        at = None if step is None else self._metric_step(step)
        rows: dict[int | float, list[str]] = {}
        for name in values:
            rows.setdefault(counters[name] if at is None else at, []).append(name)
        moment = time()
        for at, names in rows.items():
            for first in range(0, len(names), MAX_NAMES):
                part = tuple(names[first : first + MAX_NAMES])
                row = (at, moment, *[values[name] for name in part])
                key, size = self._known_row(part)
                self._outbox.append(row, size, joins=key)
            counters.update(dict.fromkeys(names, at + 1))

    def _known_row(self, names: tuple[str, ...]) -> tuple[JoiningKey, int]:
        """Return the joining key and the size of a row, and keep them for the next one."""
        known = self._metric_rows.get(names) or ((METRICS, *names), row_size(len(names)))
        if len(self._metric_rows) < MAX_KNOWN:
            self._metric_rows[names] = known
        return known

    def _known_metric(self, given: object) -> str:
        """Return the name of a metric, whose steps are counted now; "" for one metric too many."""
        if given in self._metric_steps and type(given) is str:
            return given
        whole = short_name(given, MAX_NAME) or "unnamed"
        name = short_name(replace_surrogates(whole), MAX_NAME)
        if name in self._metric_steps:
            return name
        if len(self._metric_steps) >= MAX_KNOWN:
            self._warn_of_metric("", f"more than {MAX_KNOWN:,} metrics: {name!r} is not published")
            return ""
        self._metric_steps[name] = 0
        return name

    def _metric_value(self, name: object, value: object) -> MetricValue | None:
        """Return a value as it is published; None where there is none."""
        if value is None:
            return None
        number = _number(value)
        if number is None:
            self._warn_of_metric(name, f"the metric {text(name)!r} is not a number: {text(value)}")
        return number

    def _metric_step(self, step: object) -> int | float | None:
        """Return a step as it is published; None where it is none."""
        number = _number(step)
        if isinstance(number, int | float) and abs(number) <= MAX_INTEGER:
            return number
        self._warn_of_metric(None, f"a step of metrics is not a number: {text(step)}")
        return None

    def _warn_of_metric(self, about: object, words: str) -> None:
        """Log a warning, one about each name."""
        if self._strict:
            raise InvalidEventError(ErrorCode.BAD_FIELD, words, field="values")
        key = about if about is None else text(about)[:MAX_NAME]
        if key not in self._metric_warnings and len(self._metric_warnings) < MAX_WARNINGS:
            self._metric_warnings.add(key)
            self.log(words, "warning")


def _mapping(values: object) -> Mapping[str, object]:
    if isinstance(values, Mapping):
        return values
    reason = f"takes a mapping of names to values, not {type(values).__name__}"
    raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="metrics")


def _number(value: object) -> MetricValue | None:
    """Return a number as JSON has it, or the name of one that JSON has not; None for no number."""
    try:
        number = plain_number(value)
    except Exception:  # noqa: BLE001 - code of another package
        return None
    if isinstance(number, int):
        if abs(number) <= MAX_INTEGER:
            return number
        try:
            number = float(number)
        except OverflowError:
            number = math.inf if number > 0 else -math.inf
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
