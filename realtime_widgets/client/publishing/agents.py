"""The methods of `Sprint` that publish what agents do, as AG-UI events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.publishing.agui import agui_events
from realtime_widgets.client.publishing.events import fitted_event
from realtime_widgets.client.publishing.joining import joining_key
from realtime_widgets.client.publishing.message import AgentMessageStream
from realtime_widgets.protocol.text import has_surrogates

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.deltas import Deltas
    from realtime_widgets.client.publishing.joining import JoiningKey
    from realtime_widgets.client.publishing.outbox import Outbox

__all__ = ["AgentVerbs"]


class AgentVerbs:
    """Publishes what the agents of a run do; what it takes and raises is documented at `Sprint`."""

    _strict: bool
    _deltas: Deltas
    _outbox: Outbox

    def message(self, agent: str) -> AgentMessageStream:
        """Publish a message of an agent while it is being written.

        ```python
        with sprint.message("planner") as reply:
            for token in tokens:
                reply.write(token)
        ```

        Args:
            agent: Name of the agent, at most 256 characters.
        """
        return AgentMessageStream(self, agent)

    def agent_event(self, agent: str, event: object) -> None:
        """Publish an AG-UI event of an agent, as it is.

        What is larger than an event may be is cut, with a mark, and so is what JSON cannot hold
        turned into text. Consecutive events that only add to one text may be stored as one event
        with the same text.

        Args:
            agent: Name of the agent, at most 256 characters.
            event: A mapping with a `type`, with AG-UI's names of the wire or of Python; an event
                model of the AG-UI package; JSON text; or text of an SSE stream, which may hold
                none or several.

        Raises:
            InvalidEventError: It is none of these.
            QueueFullError: Too much is waiting to be sent.
        """
        for whole in agui_events(event):
            for part in self._deltas.feed(agent, whole):
                self._publish_agent_event(agent, part)

    def _publish_agent_event(
        self, agent: object, event: dict[Any, Any], key: JoiningKey | None = None
    ) -> None:
        """Publish an AG-UI event from which `Deltas` has taken what must not be published yet.

        Args:
            agent: The agent.
            event: The event; must not be changed afterwards.
            key: Its joining key, where that is known and its delta is within `MAX_JOINED`.
        """
        fields = {"type": "agent_message", "agent": agent, "event": event, "time": time.time()}
        if not self._strict:
            if key is None or has_surrogates(event["delta"]):
                key = joining_key(agent, event)
            if key is not None:
                self._outbox.append(fields, len(event["delta"]), joins=key)
                return
        made, size = fitted_event(fields, strict=self._strict)
        key = joining_key(made.get("agent"), made.get("event"))
        self._outbox.append(made, size, joins=key)
