"""What commands have in common that send something to a run (protocol 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.errors import InvalidEventError, UnknownRunError
from realtime_widgets.protocol.ids import check_sprint_id, random_id

if TYPE_CHECKING:
    from realtime_widgets.client.server import Server

__all__ = ["newest_attempt", "post"]

REPLY_S = 10.0
"""How long each step of the request may take, in seconds."""

REQUEST_BITS = 64


def newest_attempt(target: Server, name: str) -> int:
    """Return the number of the newest attempt of a run.

    Raises:
        FailedCommand: None has begun.
        UnknownRunError: Nothing was published to it.
    """
    run = target.run(check_sprint_id(name))
    if run is None:
        raise UnknownRunError(name, tuple(target.log_head(name).similar))
    if run["attempt"] == 0:
        raise FailedCommand(f"{name!r} has not begun", ExitCode.FAILED)
    return int(run["attempt"])


def post(target: Server, name: str, event: dict[str, Any]) -> int:
    """Send something to a run, and return the seq of its event.

    Raises:
        FailedCommand: The server refuses it.
    """
    from realtime_widgets.client.replying import post_reply

    named = {**event, "request": random_id(REQUEST_BITS)}
    try:
        return post_reply(target, name, named, timeout=REPLY_S)
    except InvalidEventError as error:
        raise FailedCommand(f"{name!r}: {error.reason}", ExitCode.FAILED) from None
