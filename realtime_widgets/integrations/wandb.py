"""A look-alike for the calls by which scripts log to Weights & Biases.

```python
import realtime_widgets.integrations.wandb as wandb

wandb.init(project="digits", config={"lr": 1e-3})
wandb.log({"loss": 0.31})
wandb.finish()
```

It has `init`, `log`, `config`, `Image` and `finish`, and needs neither the package nor an account.
What it does not know of their arguments is left out.
"""

from __future__ import annotations

import atexit
import re
import sys
from typing import TYPE_CHECKING, Any, Self

from realtime_widgets import Sprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

__all__ = ["Config", "Image", "Run", "config", "finish", "init", "log"]

_OTHER = re.compile(r"[^A-Za-z0-9._-]+")

MAX_NAME = 64
"""Most characters of the name of a run."""


class Image:
    """An image or a figure that `log` shows; `data` as in `Sprint.show`.

    Args:
        data: The image.
        caption: A line below it.
    """

    def __init__(self, data: object, caption: object = None) -> None:
        self.data = data
        self.caption = caption


class Config:
    """The configuration of a run: attributes and items that are published when they are set.

    Args:
        sprint: The run; None for that of the last `init`.
    """

    def __init__(self, sprint: Sprint | None = None) -> None:
        vars(self).update(_sprint=sprint, _values={})

    def update(self, values: Mapping[str, Any], **_: object) -> None:
        """Set several values."""
        if self._sprint is None:
            _current().config.update(values)
            return
        self._values.update(values)
        self._sprint.config(dict(values))

    def __setattr__(self, name: str, value: object) -> None:
        self.update({name: value})

    __setitem__ = __setattr__

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as it was given
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as it was given
        return self._values[name] if self._sprint is not None else _current().config[name]


class Run:
    """One run; returned by `init`.

    Args:
        sprint: What publishes it.
    """

    def __init__(self, sprint: Sprint) -> None:
        self.sprint = sprint
        self.config = Config(sprint)
        self._step = 0

    @property
    def name(self) -> str:
        """The name of the run."""
        return self.sprint.sprint_id

    def log(
        self,
        data: Mapping[str, Any],
        step: int | None = None,
        commit: bool | None = None,  # noqa: FBT001 - as in the other package
    ) -> None:
        """Publish values at a step; without one at the next, unless `commit` was false before."""
        at = self._step if step is None else step
        for name, value in data.items():
            if isinstance(value, Image):
                self.sprint.show(value.data, name, caption=value.caption)
        values = {name: value for name, value in data.items() if not isinstance(value, Image)}
        if values:
            self.sprint.metrics(values, step=at)
        is_committed = commit is not False if step is None else commit is True
        self._step = at + 1 if is_committed else at

    def finish(self, exit_code: int | None = None) -> None:
        """End the run: as failed for any exit code but 0."""
        if self.sprint.is_under_way:
            self.sprint.status("failed" if exit_code else "succeeded")
        self.sprint.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if error is not None:
            self.sprint.status("failed", error)
        self.finish()


_run: Run | None = None

config = Config()
"""The configuration of the run of the last `init`."""


def init(  # noqa: PLR0913 - as in the other package
    project: str | None = None,
    *,
    name: str | None = None,
    id: str | None = None,  # noqa: A002 - as in the other package
    config: Any = None,  # noqa: ANN401 - as `Sprint.config`
    tags: Iterable[str] | None = None,
    notes: str | None = None,
    server: str | None = None,
    **_: object,
) -> Run:
    """Begin a run, after the end of the one before.

    Args:
        project: The title of the run.
        name: Its name; what a name may not have becomes a dash. By default a generated one.
        id: As `name`, before it.
        config: Its configuration, as in `Sprint.config`.
        tags: Its tags.
        notes: Its notes.
        server: As in `Sprint`.
    """
    global _run  # noqa: PLW0603 - as in the other package there is one at a time
    finish()
    given = _OTHER.sub("-", id or name or "").strip("-._")[:MAX_NAME]
    sprint = Sprint(given or None, server=server)
    sprint.status("running")
    if project or tags or notes:
        sprint.describe(title=project, tags=tags, notes=notes)
    _run = Run(sprint)
    if config is not None:
        known = dict(config) if isinstance(config, dict) else dict(vars(config))
        _run.config.update(known)
    return _run


def log(data: Mapping[str, Any], step: int | None = None, **named: Any) -> None:  # noqa: ANN401 - as `Run.log`
    """Publish values of the run, as `Run.log`.

    Raises:
        RuntimeError: `init` was not called.
    """
    _current().log(data, step, **named)


def finish(exit_code: int | None = None) -> None:
    """End the run, if there is one."""
    global _run
    ended, _run = _run, None
    if ended is not None:
        ended.finish(exit_code)


def _current() -> Run:
    if _run is None:
        msg = "call wandb.init() first"
        raise RuntimeError(msg)
    return _run


def _finish_at_exit() -> None:
    """End the run with the program: as failed where an exception has ended it."""
    finish(1 if getattr(sys, "last_value", None) is not None else 0)


atexit.register(_finish_at_exit)
