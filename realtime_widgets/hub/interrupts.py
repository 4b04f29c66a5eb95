"""Publishes the questions of agents whose runs end with interrupts (protocol 13.5)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from realtime_widgets.errors import RealtimeWidgetsError
from realtime_widgets.protocol.interrupts import interrupts_of, question_of

if TYPE_CHECKING:
    from realtime_widgets.hub.channels import Channels
    from realtime_widgets.hub.server_events import ServerEvents
    from realtime_widgets.hub.stores.base import Appended

__all__ = ["Interrupts"]

_log = logging.getLogger(__name__)


class Interrupts:
    """Publishes a question for each interrupt that was stored.

    Args:
        channels: The channels.
        server_events: Stores the questions.
    """

    def __init__(self, channels: Channels, server_events: ServerEvents) -> None:
        self._channels = channels
        self._server_events = server_events
        self._tasks: set[asyncio.Task[None]] = set()

    def stored(self, sprint_id: str, raw: bytes, done: asyncio.Future[Appended]) -> None:
        """Publish the questions of a batch that may have interrupts, if it is a new one."""
        if done.cancelled() or done.exception() is not None or done.result().duplicate:
            return
        questions = [
            question_of(event["agent"], interrupt)
            for event in from_json(raw)
            if event["type"] == "agent_message"
            for interrupt in interrupts_of(event["event"])
        ]
        if questions:
            task = asyncio.create_task(
                self._publish(sprint_id, questions), name=f"interrupts of {sprint_id}"
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _publish(self, sprint_id: str, questions: list[dict[str, Any]]) -> None:
        channel = await self._channels.open(sprint_id)

        for question in questions:

            def is_new(question_id: str = question["id"]) -> bool:
                known = channel.state.questions
                return channel.state.ended is None and not (known and known.is_known(question_id))

            try:
                await self._server_events.broadcast(sprint_id, question, is_current=is_new)
            except RealtimeWidgetsError as error:
                _log.warning("cannot publish the question of an agent of %r: %s", sprint_id, error)
