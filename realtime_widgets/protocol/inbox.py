"""What users have sent to the newest attempt of a run, as its state has it (protocol 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.inbox_events import Control, InboxOpened, UserMessage
from realtime_widgets.protocol.question_events import Taken
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.members import Members

__all__ = [
    "MAX_READERS",
    "MAX_RECEIPTS",
    "MAX_WAITING",
    "Inbox",
    "Receipt",
    "Stop",
    "WaitingMessage",
]

MAX_WAITING = 20
"""Most messages that wait for the program; one more is refused, unless a reader has taken one."""

MAX_RECEIPTS = 20
"""Messages that were taken and that a state remembers, the newest."""

MAX_READERS = 20
"""Most members of an attempt that read messages."""


class Receipt(StatePart):
    """What a user has sent, without its content."""

    seq: int
    """Number of its event."""

    user: str | None = None
    """The user, as the server knows them."""

    request: str | None = None


class Stop(Receipt):
    """A user has stopped the attempt."""

    timestamp: str
    """When that was stored."""

    is_taken: bool = False
    """Whether a publisher has got it."""


class WaitingMessage(Receipt):
    """A message that a member which reads messages has not taken."""

    timestamp: str
    text: str
    taken_by: list[str | None] = Field(default=[])
    """The members that have taken it, as far as others have not; at most `MAX_READERS`."""


class Inbox(StatePart):
    """What users have sent to the newest attempt."""

    stop: Stop | None = None
    readers: list[str | None] = Field(default=[])
    """The members that read messages; at most `MAX_READERS`."""

    waiting: list[WaitingMessage] = Field(default=[])
    """The messages that not all readers have taken, the newest last; at most `MAX_WAITING`."""

    taken: list[Receipt] = Field(default=[])
    """The messages that were taken, the newest last; at most `MAX_RECEIPTS`."""

    def known(self, request: str | None) -> Receipt | None:
        """Return what was sent under this name; None where there is nothing.

        Its user is not compared: a server may give another name to each request with its token.
        """
        sent = [*self.taken, *self.waiting, *([self.stop] if self.stop else [])]
        return None if request is None else next((x for x in sent if x.request == request), None)

    def apply(
        self,
        event: Control | UserMessage | InboxOpened | Taken,
        seq: int,
        timestamp: str,
        user: str | None,
    ) -> None:
        """Apply an event of the newest attempt."""
        match event:
            case Control():
                self.stop = self.stop or Stop(
                    seq=seq, user=user, request=event.request, timestamp=timestamp
                )
            case UserMessage() if not self.is_full:
                self._make_room()
                message = WaitingMessage(
                    seq=seq,
                    user=user,
                    request=event.request,
                    timestamp=timestamp,
                    text=event.text,
                )
                self.waiting = [*self.waiting, message]
            case UserMessage():
                pass  # one that another server has stored at the same time
            case InboxOpened():
                others = [one for one in self.readers if one != event.attempt]
                self.readers = [*others, event.attempt][-MAX_READERS:]
            case Taken():
                self._take(event)

    @property
    def is_full(self) -> bool:
        """Whether one more message is refused: so many wait, and no reader has taken any."""
        return len(self.waiting) >= MAX_WAITING and not any(one.taken_by for one in self.waiting)

    def _make_room(self) -> None:
        """Let slow readers miss the oldest message that others have taken."""
        if len(self.waiting) >= MAX_WAITING:
            self._receive([next(one for one in self.waiting if one.taken_by)])

    def _take(self, event: Taken) -> None:
        if self.stop is not None and self.stop.seq in event.seqs:
            self.stop.is_taken = True
        taken = [one for one in self.waiting if one.seq in event.seqs]
        if event.attempt is None:
            self._receive(taken)
        elif event.attempt in self.readers:
            for one in taken:
                others = [member for member in one.taken_by if member != event.attempt]
                one.taken_by = [*others, event.attempt][-MAX_READERS:]
            self._receive_taken()

    def _receive_taken(self) -> None:
        """Let no message wait that was taken, and that no other reader is left to take."""
        readers = set(self.readers)
        self._receive(
            [one for one in self.waiting if one.taken_by and readers <= set(one.taken_by)]
        )

    def _receive(self, messages: list[WaitingMessage]) -> None:
        if not messages:
            return
        self.waiting = [one for one in self.waiting if one not in messages]
        receipts = [Receipt(seq=one.seq, user=one.user, request=one.request) for one in messages]
        self.taken = [*self.taken, *receipts][-MAX_RECEIPTS:]

    def keep_of(self, members: Members) -> None:
        """Drop the readers that are no members any more: they have ended."""
        left = {member.id for member in members.left}
        self.readers = [one for one in self.readers if one in left]
        self._receive_taken()
