"""Stops and messages of users: whether they are stored (protocol 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.inbox import MAX_WAITING, Inbox
from realtime_widgets.protocol.inbox_events import Control, UserMessage

if TYPE_CHECKING:
    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.server_events import ServerEvents
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["store_in_inbox"]


async def store_in_inbox(
    channel: Channel, server_events: ServerEvents, reply: Control | UserMessage, user: str | None
) -> int:
    """Store a stop or a message of a user, if it is valid.

    Args:
        channel: The channel of the run.
        server_events: Stores it, one after the other.
        reply: What the user sends.
        user: The user, as the server knows them.

    Returns:
        The seq of its event; of a stop, that of the first one of the attempt.

    Raises:
        InvalidEventError: It breaks a rule of protocol 14.
        StoreError: It was not stored.
    """
    if (seq := _check(channel.state, reply)) is not None:
        return seq
    seq = await server_events.broadcast(
        channel.name,
        reply.model_dump(exclude_none=True),
        user=user,
        is_current=lambda: _may_be_stored(channel.state, reply),
    )
    known = _check(channel.state, reply) if seq is None else None
    if known is not None:
        return known
    if seq is None or not _is_in(channel.state.inbox or Inbox(), reply, seq):
        # Another server has stored as many at the same time, or the attempt has ended.
        raise _full() if isinstance(reply, UserMessage) else _over(channel.state)
    return seq


def _may_be_stored(state: RunState, reply: Control | UserMessage) -> bool:
    try:
        return _check(state, reply) is None
    except InvalidEventError:
        return False


def _check(state: RunState, reply: Control | UserMessage) -> int | None:
    """Return the seq of what has the same effect already; None where there is nothing.

    Raises:
        InvalidEventError: It breaks a rule of protocol 14.
    """
    inbox = state.inbox or Inbox()
    if reply.attempt == state.attempt:
        if (same := inbox.known(reply.request)) is not None:
            return same.seq
        if isinstance(reply, Control) and inbox.stop is not None and state.ended is None:
            return inbox.stop.seq
    elif state.attempt:
        reason = f"attempt {state.attempt} of the run is the newest one"
        raise InvalidEventError(ErrorCode.OTHER_ATTEMPT, reason, field="attempt")
    if state.attempt == 0 or state.ended is not None or state.status == "lost":
        raise _over(state)
    if isinstance(reply, UserMessage):
        if not inbox.readers:
            reason = "the program of the run reads no messages"
            raise InvalidEventError(ErrorCode.NO_INBOX, reason, field="type")
        if inbox.is_full:
            raise _full()
    return None


def _is_in(inbox: Inbox, reply: Control | UserMessage, seq: int) -> bool:
    if isinstance(reply, Control):
        return inbox.stop is not None
    return any(one.seq == seq for one in [*inbox.waiting, *inbox.taken])


def _over(state: RunState) -> InvalidEventError:
    words = {"lost": "is lost: no publisher is connected"}
    reason = words.get(state.status, "has ended" if state.attempt else "has not begun")
    return InvalidEventError(ErrorCode.NOT_RUNNING, f"the run {reason}", field="attempt")


def _full() -> InvalidEventError:
    reason = f"{MAX_WAITING} messages wait for the program of the run; one more is not stored"
    return InvalidEventError(ErrorCode.INBOX_FULL, reason, field="text")
