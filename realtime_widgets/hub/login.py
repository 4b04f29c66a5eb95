"""`Login`: the user of a connection, with the user's rights on its run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from realtime_widgets.protocol.codes import CloseCode

__all__ = ["CheckTicket", "Login"]


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


CheckTicket: TypeAlias = Callable[[str | None], Awaitable[Login | CloseCode]]
"""Redeems the ticket of `hello` (protocol 3.1), None where it has none.

It returns the login, or the code with which the connection is closed."""
