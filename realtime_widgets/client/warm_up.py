"""Runs one exchange of messages in memory, in the user's thread, before the background thread does.

Modules, compiled patterns and validators are initialized at their first use, under locks. A child
that another thread forks at that moment waits forever for such a lock. Observed with pydantic's
patterns: of 200 children that were forked right after a first event, four hung.
"""

from __future__ import annotations

import functools

from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.message_text import parse_client_message
from realtime_widgets.protocol.messages import Ack, ClientLimits, Publish, Welcome
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.publish import PublishSession
from realtime_widgets.protocol.sessions.watch import WatchSession
from realtime_widgets.protocol.validation import validate_batch

__all__ = ["warm_up"]

_LIMITS = Limits()

_WELCOME = Welcome(
    session="rehearsal",
    sprint_id="rehearsal",
    epoch="1",
    first=1,
    head=0,
    entry=None,
    recovered=None,
    may_publish=True,
    last_n=None,
    limits=ClientLimits.of(_LIMITS),
    ping_s=_LIMITS.ping_s,
    pong_s=_LIMITS.pong_s,
    server_time="",
)


@functools.cache
def warm_up() -> None:
    """Run each step of a connection once, on both of its sides."""
    publish = PublishSession(lambda: "0" * 32)
    session = ClientSession("rehearsal", watch=WatchSession("rehearsal"), publish=publish)
    session.open(now=0.0)
    for message in session.to_send():
        parse_client_message(message)
    session.receive(_WELCOME.to_json(), now=0.0)
    publish.feed([{"type": "log", "message": "hello"}])
    for message in session.to_send():
        request = parse_client_message(message)
        if isinstance(request, Publish):
            validate_batch(request.events)
    session.receive(Ack(up_to=1, seq=1, epoch="1").to_json(), now=0.0)
