"""`compare()`: runs side by side."""

from __future__ import annotations

import re

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.secret import as_secret
from realtime_widgets.display.compared_run import Subject
from realtime_widgets.display.comparison import Comparison
from realtime_widgets.protocol.ids import check_sprint_id

__all__ = ["MAX_RUNS", "compare"]

MAX_RUNS = 8
"""Most runs that are compared."""

_ATTEMPT = re.compile(r"(?P<sprint_id>.*)@(?P<attempt>[1-9][0-9]{0,8})", re.ASCII)


def compare(*runs: str, server: str | None = None) -> Comparison:
    """Return runs side by side: differences of their settings, last and extreme values, curves.

    ```python
    compare("small", "large")
    compare("nightly", "nightly@2")     # the newest and the second attempt
    ```

    In JupyterLab and Notebook 7, and on the page that its link leads to, it follows runs that are
    active. Elsewhere it is a table of what there is when it is shown.

    Args:
        runs: One to eight runs, by name; a name with `@` and a number is an attempt of the run.
        server: As in `Sprint`.

    Raises:
        InvalidSprintIdError: There can be no such run.
        ValueError: There are no runs, or more than eight, or the same one twice.
    """
    server = as_secret(server)
    if not 0 < len(runs) <= MAX_RUNS:
        msg = f"compare() takes 1 to {MAX_RUNS} runs, not {len(runs)}"
        raise ValueError(msg)
    if len(set(runs)) < len(runs):
        msg = "compare() takes each run once"
        raise ValueError(msg)
    return Comparison([_subject(run) for run in runs], discover(server))


def _subject(label: str) -> Subject:
    found = _ATTEMPT.fullmatch(label)
    if found is None:
        return Subject(label, check_sprint_id(label), None)
    return Subject(label, check_sprint_id(found["sprint_id"]), int(found["attempt"]))
