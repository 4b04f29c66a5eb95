"""The membership of this process in an attempt of a run (protocol 4.2).

A process is one member, however many `Sprint` objects and threads it has. `with` blocks that
overlap share the member: it ends with the last of them, with the worst of their final statuses. A
block that ends before another one publishes no final status.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.origin import origin
from realtime_widgets.protocol.events import FINAL_STATUSES, HELD_STATUSES
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.members import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Membership"]

MEMBER_BITS = 32
"""Random bits of a member's id."""

_Fields = dict[str, Any]


class Membership:
    """The membership of this process in one run. All methods may be called from any thread."""

    def __init__(self) -> None:
        # Reentrant: a signal handler or a __del__ may publish a status while it is held.
        self._lock = threading.RLock()
        self._member: str | None = None
        """The id of the active member."""
        self._last: str | None = None
        """The id of the newest member, active or ended."""
        self._is_holding = False
        """Whether a status without a member was published that keeps the run active."""
        self._blocks: list[tuple[object, str | None]] = []
        """The open blocks: the `Sprint` that entered each one, and its member."""
        self._end: _Fields | None = None
        """The worst final status of blocks that ended before others."""

    @property
    def lease(self) -> str | bool:
        """The value of `lease` in the publisher's `hello` (protocol 6.4)."""
        return self._member or self._is_holding

    def is_newest(self, member: str | None) -> bool:
        """Whether this is the newest member, active or ended; None is one without an id."""
        if member is None:
            return self._member is None and self._is_holding
        return member == self._last

    # Statuses.

    def assign_member(self, event: _Fields, owner: object, *, is_under_way: bool) -> _Fields | None:
        """Add the member's id to a status; start or end the member if the status does.

        Args:
            event: The `status_update`.
            owner: The `Sprint` that publishes it.
            is_under_way: Whether the object has published a status that is not final.

        Returns:
            The event to publish; None where there is nothing to publish now.
        """
        status = event["status"]
        begins = False
        if not isinstance(status, str):
            return event  # is refused by the validation that follows
        with self._lock:
            if status in FINAL_STATUSES:
                return self._assign_end(event, owner, is_under_way=is_under_way)
            if status == "running":
                is_joining = not is_under_way and self._is_kept_open(owner)
                if is_joining and "message" not in event:
                    return None  # it would change nothing
                begins = not is_joining and self._starts_member(owner, is_under_way=is_under_way)
                if begins:
                    self._start_member(owner)
            if self._member is not None:
                event = event | {"attempt": self._member}
            else:
                self.observe(event)
        return event | origin() if begins else event

    def observe(self, event: _Fields) -> None:
        """Update the membership by a valid status that is published unchanged."""
        status, attempt = event.get("status"), event.get("attempt")
        with self._lock:
            if status in HELD_STATUSES:
                self._is_holding = attempt is None
                if attempt is not None:
                    self._member = self._last = attempt
            elif status in FINAL_STATUSES and attempt in {None, self._member}:
                self._member, self._is_holding = None, False

    def _starts_member(self, owner: object, *, is_under_way: bool) -> bool:
        """Whether a `running` starts the run, or starts it again."""
        if self._member is not None:
            return not is_under_way
        # In a forked child, an object of its parent may be under way.
        has_ended = self._last is not None
        return not is_under_way or has_ended or self._block_of(owner) is not None

    def _start_member(self, owner: object) -> None:
        self._member = self._last = random_id(MEMBER_BITS)
        self._is_holding = False
        self._end = None
        index = self._block_of(owner)
        if index is not None:
            self._blocks[index] = (owner, self._member)

    def _assign_end(self, event: _Fields, owner: object, *, is_under_way: bool) -> _Fields | None:
        if self._member is None:
            self._is_holding = False
            # A final status of a block whose member has ended is not one of the run as a whole.
            return event if self._block_of(owner) is None else event | {"attempt": self._last}
        if is_under_way and self._is_kept_open(owner):
            self._end = _worse(self._end, event)
            return None
        return self._end_member(_worse(self._end, event))

    def _end_member(self, event: _Fields) -> _Fields:
        event = event | {"attempt": self._member}
        self._member = self._end = None
        return event

    # Blocks.

    @contextlib.contextmanager
    def entering(self, owner: object) -> Iterator[None]:
        """Open a block; close it again if the body raises."""
        with self._lock:
            self._blocks.append((owner, self._member))
        try:
            yield
        except BaseException:
            self._close(owner)
            raise

    @contextlib.contextmanager
    def leaving(self, owner: object, publish: Callable[[_Fields], object]) -> Iterator[None]:
        """Close a block after the body; publish the member's final status if it was the last."""
        try:
            yield
        finally:
            end = self._close(owner)
            if end is not None:
                publish(end)

    def _close(self, owner: object) -> _Fields | None:
        with self._lock:
            index = self._block_of(owner)
            if index is not None:
                del self._blocks[index]
            is_over = self._end is not None and not self._is_kept_open(None)
            return self._end_member(self._end) if is_over and self._end is not None else None

    def _block_of(self, owner: object) -> int | None:
        indices = (i for i, (opener, _) in enumerate(self._blocks) if opener is owner)
        return next(indices, None)

    def _is_kept_open(self, owner: object) -> bool:
        """Whether other blocks of the member are open, besides one of this object."""
        if self._member is None:
            return False
        openers = [opener for opener, member in self._blocks if member == self._member]
        return len(openers) > any(opener is owner for opener in openers)


def _worse(end: _Fields | None, other: _Fields) -> _Fields:
    return other if end is None or rank(other["status"]) > rank(end["status"]) else end
