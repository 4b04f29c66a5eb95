"""A part of a run as a `with` block, which is published when it begins and when it has ended."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from realtime_widgets.client.publishing.blocks.async_block import AsyncBlock
from realtime_widgets.client.publishing.blocks.metadata import as_text, ending
from realtime_widgets.client.publishing.blocks.nesting import (
    BlockScope,
    current,
    enter,
    path_here,
    scopes,
)
from realtime_widgets.client.publishing.fit import name
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from realtime_widgets.client.publishing.prices import Prices

__all__ = ["AgentRun", "Block"]

ID_BITS = 64


class AgentRun(Protocol):
    """What a block uses of the `Sprint` that it is published to."""

    _strict: bool
    _prices: Prices

    @property
    def sprint_id(self) -> str:
        """The run's name."""

    @property
    def agent_event(self) -> Callable[[str, object], None]:
        """Publish an AG-UI event."""

    @property
    def log(self) -> Callable[[object, str | int], None]:
        """Publish a log line."""


class Block(AsyncBlock):
    """A step or tool call; `async with` does the same as `with`.

    What begins in the block is a part of it, also in asyncio tasks that are created there and in
    threads that run in a copy of its context. A copy of it in a forked child publishes nothing.

    Args:
        sprint: The run.
        agent: Name of the agent; None for that of the block around or, without one, the run's id.

    Attributes:
        id: Its identity within the run.
    """

    def __init__(self, sprint: AgentRun, agent: object = None) -> None:
        self._sprint = sprint
        self._given_agent = agent
        self._agent = ""
        self.id = random_id(ID_BITS)
        self._scope: BlockScope | None = None
        self._began = 0.0
        self._runs_in: int | None = None
        self._output: str | None = None

    def result(self, value: object) -> None:
        """Set the result, which is published when the block has ended; the last one counts.

        Args:
            value: A text is published as it is, any other value as JSON; above 16,384 characters
                its middle is cut out, with a mark.
        """
        self._output = as_text("result", value, strict=self._sprint._strict)  # noqa: SLF001

    def __enter__(self) -> Self:
        if self._scope is not None:
            raise RuntimeError("this block has begun before; make another one for each `with`")
        sprint_id = self._sprint.sprint_id
        path = path_here(sprint_id, None)
        around = next((scope for scope in scopes(sprint_id) if scope.agent is not None), None)
        inherited = around.agent if around is not None else sprint_id
        self._agent = name(inherited if self._given_agent is None else self._given_agent)
        self._scope = BlockScope(
            sprint_id, replace(path, step=self.id), outer=current(), agent=self._agent
        )
        self._runs_in = os.getpid()
        self._begin(path.step)
        self._began = time.monotonic()
        enter(self._scope)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._scope is None or not self._scope.is_open or self._runs_in != os.getpid():
            return
        self._scope.is_open = False
        duration_ms = round((time.monotonic() - self._began) * 1_000, 3)
        with log_queue_full():
            self._end(ending(error) | {"duration_ms": duration_ms})

    def _publish(self, event: dict[str, object]) -> None:
        self._sprint.agent_event(self._agent, event)

    def _begin(self, parent: str | None) -> None:
        """Publish that it began, as a part of the step or tool call with the id `parent`."""
        raise NotImplementedError

    def _end(self, how: dict[str, object]) -> None:
        """Publish how it ended."""
        raise NotImplementedError
