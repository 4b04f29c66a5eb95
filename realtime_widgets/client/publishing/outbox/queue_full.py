"""Logs in place of raising that an event was dropped because the queue was full."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from realtime_widgets.client.own_threads import unpublished
from realtime_widgets.errors import QueueFullError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["log_queue_full"]

_log = logging.getLogger("realtime_widgets")


@contextlib.contextmanager
def log_queue_full() -> Iterator[None]:
    """Log a `QueueFullError` of the block: raised, it could replace an exception of the user."""
    try:
        yield
    except QueueFullError as error:
        with unpublished():
            _log.warning("realtime-widgets: an event was dropped: %s", error)
