"""How a ticket that one process of an application has issued is redeemed by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.asgi.identity import Bearer, User

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["UserCodec"]


class UserCodec:
    """Writes users and their rights into a shared store; see `BearerCodec`.

    A subclass of `User` may have any fields, so a ticket of one is good in its process only.
    """

    def encode(self, bearer: object) -> JsonValue:
        """Return a user as JSON; None for one of a subclass."""
        if not isinstance(bearer, Bearer) or type(bearer.user) is not User:
            return None
        user = bearer.user
        return [
            user.name,
            user.display_name,
            [*sorted(user.groups)],
            user.is_admin,
            bearer.may_publish,
            bearer.may_list,
        ]

    def decode(self, value: JsonValue) -> Bearer | None:
        """Return the user; None where another version has written it."""
        match value:
            case [
                str(name),
                str(display_name),
                list(groups),
                bool(is_admin),
                bool(may_publish),
                bool(may_list),
            ]:
                user = User(name, display_name, frozenset(map(str, groups)), is_admin)
                return Bearer(user, may_publish, may_list)
        return None
