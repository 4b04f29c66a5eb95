"""Watch agent runs live inside Jupyter notebooks, and publish them from anywhere.

```python
from realtime_widgets import Sprint, watch

sprint = Sprint("nightly-eval")     # publishes; shows itself as the last expression of a cell
watch("nightly-eval")               # shows a run that another process publishes
```

In IPython, `%load_ext realtime_widgets` makes cells with `%%sprint NAME` as their first line runs.
Everything here is loaded when it is first used, so that the import costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from realtime_widgets._compare import compare
    from realtime_widgets._doctor import doctor
    from realtime_widgets._follow import follow
    from realtime_widgets._history import history
    from realtime_widgets._runs import sprints
    from realtime_widgets._sprint import Sprint, current_sprint
    from realtime_widgets._watch import watch
    from realtime_widgets.display.widget import SprintView
    from realtime_widgets.errors import (
        Cancelled,
        FollowTimeoutError,
        InvalidEventError,
        InvalidSprintIdError,
        NoAnswerError,
        PositionLostError,
        QueueFullError,
        RealtimeWidgetsError,
        ServerNotFoundError,
        UnknownRunError,
    )
    from realtime_widgets.protocol.position import Position

__all__ = [
    "Cancelled",
    "FollowTimeoutError",
    "InvalidEventError",
    "InvalidSprintIdError",
    "NoAnswerError",
    "Position",
    "PositionLostError",
    "QueueFullError",
    "RealtimeWidgetsError",
    "ServerNotFoundError",
    "Sprint",
    "SprintView",
    "UnknownRunError",
    "compare",
    "current_sprint",
    "doctor",
    "follow",
    "history",
    "sprints",
    "watch",
]

_HOMES = {
    "Position": "protocol.position",
    "Sprint": "_sprint",
    "SprintView": "display.widget",
    "compare": "_compare",
    "current_sprint": "_sprint",
    "doctor": "_doctor",
    "follow": "_follow",
    "history": "_history",
    "sprints": "_runs",
    "watch": "_watch",
}
"""Where a name is defined, if not in `errors`."""


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add `%%sprint NAME` to IPython; `%load_ext realtime_widgets` calls this."""
    from realtime_widgets.integrations import ipython

    ipython.load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Remove `%%sprint` from IPython; `%unload_ext realtime_widgets` calls this."""
    from realtime_widgets.integrations import ipython

    ipython.unload(shell)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("realtime-widgets")
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
