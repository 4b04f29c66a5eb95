"""An agent's message while it is being written, as AG-UI events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, get_args

from realtime_widgets.client.publishing.blocks.async_block import AsyncBlock
from realtime_widgets.client.publishing.blocks.metadata import ending, metadata
from realtime_widgets.client.publishing.blocks.nesting import BlockScope, current, enter, path_here
from realtime_widgets.client.publishing.blocks.pieces import Joiner
from realtime_widgets.client.publishing.deltas import GrowingText
from realtime_widgets.client.publishing.events import check_word
from realtime_widgets.client.publishing.fit import name
from realtime_widgets.client.publishing.outbox.joining import MAX_JOINED, joining_key
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from types import TracebackType

    from realtime_widgets.client.publishing.outbox.joining import JoiningKey

__all__ = ["AgentMessageStream", "Role"]

MESSAGE_BITS = 64

Role = Literal["assistant", "user", "system", "developer"]
"""The roles of a message."""

ROLES = get_args(Role)


class WritingRun(Protocol):
    """What a message uses of the `Sprint` that it is published to."""

    @property
    def sprint_id(self) -> str:
        """The run's name."""

    def _publish_agent_event(
        self, agent: object, event: dict[Any, Any], key: JoiningKey | None = None
    ) -> None:
        """Publish an AG-UI event."""


class AgentMessageStream(AsyncBlock):
    """One message: begins with the `with` block, grows with `write`, ends with the block.

    `async with` does the same. A pickled one continues the same message where it is loaded.

    Attributes:
        message_id: AG-UI's `messageId`.
    """

    def __init__(
        self, sprint: WritingRun, agent: str, *, role: object = None, reasoning: bool = False
    ) -> None:
        if reasoning and role is not None:
            reason = "a message has a role or is reasoning, not both"
            raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="role")
        self._sprint = sprint
        self._agent = name(agent) or "unnamed"
        self._type = "REASONING_MESSAGE" if reasoning else "TEXT_MESSAGE"
        self._role = "reasoning" if reasoning else check_word("role", role or "assistant", ROLES)
        self.message_id = random_id(MESSAGE_BITS)
        self._scope: BlockScope | None = None
        self._joiner = Joiner()
        self._text = GrowingText()
        self._key = joining_key(self._agent, self._event("CONTENT", delta=""))

    def write(self, piece: object) -> None:
        """Add text to the message.

        Args:
            piece: A text, or what models stream: bytes of UTF-8, content blocks or a message with
                them, of which the text is taken, and None, which adds nothing. A character whose
                halves come in two pieces is added with the second.

        Raises:
            QueueFullError: Too much is waiting to be sent.
        """
        self._add(self._text.feed(self._joiner.feed(piece)))

    def _add(self, whole: str) -> None:
        for start in range(0, len(whole), MAX_JOINED):
            delta = whole[start : start + MAX_JOINED]
            event = self._event("CONTENT", delta=delta)
            self._sprint._publish_agent_event(self._agent, event, self._key)  # noqa: SLF001

    def __enter__(self) -> Self:
        path = path_here(self._sprint.sprint_id, None)
        self._emit("START", role=self._role, **metadata(parent=path.step))
        self._scope = BlockScope(
            self._sprint.sprint_id, path, current(), agent=self._agent, message_id=self.message_id
        )
        enter(self._scope)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._scope is not None:
            self._scope.is_open = False
        how = ending(error) if error is not None else {}
        with log_queue_full():
            self._add(self._text.feed(self._joiner.finish()) + self._text.finish())
            self._emit("END", **metadata(**how))

    def __getstate__(self) -> dict[str, object]:
        # What is held back may be a part of a secret.
        return {field: value for field, value in vars(self).items() if field != "_text"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _text=GrowingText())

    def _emit(self, part: str, **fields: object) -> None:
        event = self._event(part, **fields)
        self._sprint._publish_agent_event(self._agent, event)  # noqa: SLF001

    def _event(self, part: str, **fields: object) -> dict[Any, Any]:
        return {"type": f"{self._type}_{part}", "messageId": self.message_id, **fields}
