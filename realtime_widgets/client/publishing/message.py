"""An agent's message while it is being written, as AG-UI events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from realtime_widgets.client.publishing.fit import name
from realtime_widgets.client.publishing.outbox import log_queue_full
from realtime_widgets.client.publishing.pieces import Joiner
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["AgentMessageStream"]

MESSAGE_BITS = 64

MAX_DELTA = 16_384
"""Characters in one event; whatever they are, they fit (protocol 4.1)."""


class AgentMessageStream:
    """One message: begins with the `with` block, grows with `write`, ends with the block.

    `async with` does the same. A pickled one goes on with the same message where it is loaded.

    Attributes:
        message_id: AG-UI's `messageId`.
    """

    def __init__(self, publish: Callable[[str, object], None], agent: str) -> None:
        self._publish = publish
        self._agent = name(agent)
        self.message_id = random_id(MESSAGE_BITS)
        self._joiner = Joiner()

    def write(self, piece: object) -> None:
        """Add text to the message.

        Args:
            piece: A text, or what models stream: bytes of UTF-8, content blocks or a message with
                them, of which the text is taken, and None, which adds nothing. A character whose
                halves come in two pieces is added with the second.

        Raises:
            QueueFullError: Too much is waiting to be sent.
        """
        self._add(self._joiner.feed(piece))

    def _add(self, whole: str) -> None:
        for start in range(0, len(whole), MAX_DELTA):
            self._emit("TEXT_MESSAGE_CONTENT", delta=whole[start : start + MAX_DELTA])

    def __enter__(self) -> Self:
        self._emit("TEXT_MESSAGE_START", role="assistant")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        with log_queue_full():
            self._add(self._joiner.finish())
            self._emit("TEXT_MESSAGE_END")

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, where)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def _emit(self, kind: str, **fields: str) -> None:
        event = {"type": kind, "messageId": self.message_id, **fields}
        self._publish(self._agent, event)
