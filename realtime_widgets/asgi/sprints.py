"""The `Sprint` objects by which an application publishes to its own `RealtimeApp`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from realtime_widgets._sprint import Sprint
from realtime_widgets.client.publishing.outbox.at_exit import EXIT_S
from realtime_widgets.client.publishing.outbox.outboxes import close_outbox
from realtime_widgets.client.waiting import in_thread

if TYPE_CHECKING:
    from realtime_widgets.asgi.in_app import AppTarget
    from realtime_widgets.client.target import Target

__all__ = ["AppSprint", "AppSprints"]

IDLE_S = 60.0
"""Time after which a run that has ended keeps no connection to the hub, in seconds."""


class AppSprint(Sprint):
    """A `Sprint` that publishes to the hub of a `RealtimeApp` in this process."""

    _ipython_display_ = _repr_mimebundle_ = _repr_html_ = _display_ = None  # type: ignore[assignment]  # an application has no cells

    def __init__(self, sprint_id: str, target: AppTarget) -> None:
        self._app = target
        super().__init__(sprint_id, show=False)

    def _find_target(self, server: str | None) -> Target:  # noqa: ARG002 - there is one only
        return cast("Target", self._app)  # nothing of it is displayed, so nothing is read


@dataclass(slots=True)
class _Used:
    sprint: AppSprint
    at: float
    """Monotonic seconds when it was given out last."""


class AppSprints:
    """Gives out one `Sprint` for each run, and closes those of runs that have ended.

    Args:
        target: Where they publish to.
    """

    def __init__(self, target: AppTarget) -> None:
        self._target = target
        self._used: dict[str, _Used] = {}

    def get(self, sprint_id: str) -> AppSprint:
        """Return the `Sprint` of a run.

        Raises:
            InvalidSprintIdError: The name breaks the rule.
        """
        now = time.monotonic()
        used = self._used.get(sprint_id)
        if used is None:
            # Another thread may have made one meanwhile.
            made = _Used(AppSprint(sprint_id, self._target), now)
            used = self._used.setdefault(sprint_id, made)
        used.at = now
        return used.sprint

    async def close_idle_forever(self) -> None:
        """Close the outboxes of runs that have ended, again and again."""
        while True:
            await asyncio.sleep(IDLE_S / 2)
            await self.close_idle(time.monotonic() - IDLE_S)

    async def close_idle(self, used_before: float) -> None:
        """Close the outboxes of runs that are not under way.

        Args:
            used_before: Monotonic seconds; of what was given out later nothing is closed.
        """
        for sprint_id, used in list(self._used.items()):
            if used.at < used_before and not used.sprint.is_under_way:
                del self._used[sprint_id]
                await self._close([sprint_id], EXIT_S)

    async def close(self) -> None:
        """Store what was published, and close all outboxes; at most `EXIT_S` seconds."""
        names = list(self._used)
        self._used.clear()
        await self._close(names, EXIT_S)

    async def _close(self, names: list[str], timeout: float) -> None:  # noqa: ASYNC109 - of threads
        deadline = time.monotonic() + timeout

        def close_all() -> None:
            for name in names:
                close_outbox(self._target, name, max(0.0, deadline - time.monotonic()))

        if names:
            await in_thread(close_all)
