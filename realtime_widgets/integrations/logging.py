"""A handler of Python's logging that publishes records as log lines of a run.

```python
logging.getLogger().addHandler(SprintHandler())         # of the run whose block is open
logging.getLogger().addHandler(SprintHandler("train"))  # of the run `train`
```

In a configuration for `logging.config.dictConfig`:

```python
{"class": "realtime_widgets.integrations.logging.SprintHandler", "sprint": "train"}
```
"""

from __future__ import annotations

import logging
import threading
import weakref

from realtime_widgets import Sprint, current_sprint

__all__ = ["SprintHandler"]

OWN_LOGGERS = ("realtime_widgets", "websockets")
"""Loggers of what publishes: a line about sending a line would cause another one, without end."""


class SprintHandler(logging.Handler):
    """Publishes each record as a log line: its text, its level, and the logger as the source.

    Records of the loggers `realtime_widgets` and `websockets` are left out. A record is published
    to a run once, also where several handlers get it.

    Args:
        sprint: The run, as a `Sprint` or by its name. By default the one whose `with` block is
            open where the record is made (`current_sprint`); records are left out where none is.
        level: The lowest level that is published, as in `logging`.

    Raises:
        InvalidSprintIdError: The name breaks the rule of names.
    """

    def __init__(
        self, sprint: Sprint | str | None = None, level: int | str = logging.NOTSET
    ) -> None:
        super().__init__(level)
        self._sprint = Sprint(sprint) if isinstance(sprint, str) else sprint
        self.addFilter(_is_of_the_program)

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record; what fails is reported as `logging` reports it."""
        try:
            sprint = self._sprint or current_sprint()
            if sprint is not None and _published.is_first(record, sprint.sprint_id):
                sprint.log(self.format(record), record.levelno, record.name)
        except Exception:  # noqa: BLE001 - as each handler of the standard library
            self.handleError(record)


def _is_of_the_program(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] not in OWN_LOGGERS


class _Published(threading.local):
    """The runs to which the newest record of a thread was published."""

    def __init__(self) -> None:
        self._record: weakref.ref[logging.LogRecord] | None = None
        self._runs: set[str] = set()

    def is_first(self, record: logging.LogRecord, sprint_id: str) -> bool:
        """Note that a record is published, and return whether it was not before."""
        if self._record is None or self._record() is not record:
            self._record = weakref.ref(record)
            self._runs = set()
        is_first = sprint_id not in self._runs
        self._runs.add(sprint_id)
        return is_first


_published = _Published()
