"""`Login`: the user of a connection, with the user's rights on its run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from realtime_widgets.protocol.codes import CloseCode

__all__ = ["CheckTicket", "Login", "Visible"]

Visible: TypeAlias = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Returns those of some runs that a user may read. Raises `StoreError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The user of a connection, with the user's rights on its run."""

    user: str | None = None
    """The name that is shown with what the user publishes; None for a user without a name."""

    user_id: str | None = None
    """What identifies the user, where the name does not."""

    may_publish: bool = True
    """Whether the user may write to the run."""

    may_list: bool = True
    """Whether the user may know the names of other runs."""

    is_shared: bool = False
    """Whether runs have owners: a viewer of a run that has not begun is disconnected when it
    begins, so that the user's rights are checked again."""

    is_provisional: bool = False
    """Whether the run had no owner when the rights were checked."""

    claim: Callable[[], Awaitable[bool]] | None = None
    """Called before the first event is stored; returns whether the user may publish. None where
    `may_publish` is enough. Raises `StoreError`."""

    visible: Visible | None = None
    """Which runs the user may read, for the index; None for all."""


CheckTicket: TypeAlias = Callable[[str | None], Awaitable[Login | CloseCode]]
"""Redeems the ticket of `hello` (protocol 3.1), None where it has none.

It returns the login, or the code with which the connection is closed."""
