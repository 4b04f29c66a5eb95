"""The user of a request and the user's rights, by two functions that an application gives."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from realtime_widgets.asgi.request import Connection
from realtime_widgets.hub import Login
from realtime_widgets.service import ApiError
from realtime_widgets.service.routes import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Authenticate", "Authorize", "Bearer", "Identity", "User", "open_to_all"]

IDENTITY_S = 10.0
"""How long `authenticate` or `authorize` may take for one request, in seconds."""

USER_CHARACTERS = 256
"""Maximum characters of the user's name that are stored with each event."""

_log = logging.getLogger("realtime_widgets")


@dataclass(frozen=True, slots=True)
class User:
    """A user of the application; a subclass can have more fields, for `authorize`.

    Attributes:
        name: The user's unique name: limits are per name, and a ticket is good for one.
        display_name: What is shown with what the user publishes, if not the name.
    """

    name: str
    display_name: str = ""

    @property
    def shown_name(self) -> str:
        """What is shown and stored, at most `USER_CHARACTERS`."""
        return (self.display_name or self.name)[:USER_CHARACTERS]


Authenticate: TypeAlias = Callable[[Connection], User | Awaitable[User | None] | None]
Authorize: TypeAlias = Callable[[Any, Action, str | None], bool | Awaitable[bool]]


def open_to_all(_: Connection) -> User:
    """Take each request for that of one user, `anyone`, which may read, publish and delete.

    For an app that only this machine can reach, or that is behind a proxy with a login.
    """
    return User("anyone")


def allow_all(_: User, __: Action, ___: str | None) -> bool:
    """Allow each user everything."""
    return True


@dataclass(frozen=True, slots=True)
class Bearer:
    """A user, with the rights on a run; what a ticket stands for.

    Attributes:
        user: The user.
        may_publish: Whether the user may write to the run.
        may_list: Whether the user may know the names of other runs.
    """

    user: User
    may_publish: bool
    may_list: bool

    @property
    def login(self) -> Login:
        """The same for the hub."""
        return Login(
            user=self.user.shown_name,
            user_id=self.user.name,
            may_publish=self.may_publish,
            may_list=self.may_list,
        )


class Identity:
    """Calls the functions of the application, and refuses where they fail.

    Args:
        authenticate: Returns the user of a request, None for one without a login.
        authorize: Returns whether a user may read or write a run or, for None, list all runs.
        allowed_origins: Origins of pages, such as `https://app.example.org`, from which requests
            with a login are taken beside those of the app's own host; `*` for all.

    Raises:
        TypeError: One of them is of another type.
    """

    def __init__(
        self, authenticate: Authenticate, authorize: Authorize, allowed_origins: Iterable[str]
    ) -> None:
        given: dict[str, object] = {"authenticate": authenticate, "authorize": authorize}
        for name, function in given.items():
            if not callable(function):
                words = "give a function; for requests without a login give `open_to_all`"
                raise TypeError(f"{name}={function!r}: {words}")
        if isinstance(allowed_origins, str):
            raise TypeError("allowed_origins is a list of origins, not one text")
        self._authenticate = authenticate
        self._authorize = authorize
        self._allowed_origins = frozenset(allowed_origins)

    async def user(self, connection: Connection) -> User | None:
        """Return the user of a request, None where it has no login.

        Raises:
            ApiError: `authenticate` raises, returns something else, or takes too long.
        """
        user = await _result("authenticate", self._authenticate, connection)
        if user is not None and not isinstance(user, User):
            _log.error(
                "realtime-widgets: `authenticate` returned %s; it has to return a "
                "realtime_widgets.asgi.User or None",
                type(user).__name__,
            )
            raise ApiError(500, "authentication_failed", "the login cannot be checked")
        return user

    async def may(self, user: User, action: Action, sprint_id: str | None) -> bool:
        """Return whether the user may do this; what is not `True` means no.

        Raises:
            ApiError: `authorize` raises, or takes too long.
        """
        return await _result("authorize", self._authorize, user, action, sprint_id) is True

    async def require(self, connection: Connection, action: Action, sprint_id: str | None) -> User:
        """Return the user of a request.

        Raises:
            ApiError: There is none, or the user may not do this; or see `user` and `may`.
        """
        user = await self.user(connection)
        if user is None:
            raise ApiError(401, "unauthorized", "there is no login in this request")
        if not await self.may(user, action, sprint_id):
            raise ApiError(403, "forbidden", f"this user may not {action} this")
        return user

    async def bearer(self, user: User, sprint_id: str | None) -> Bearer:
        """Return the user with the rights on a run."""
        return Bearer(
            user,
            may_publish=sprint_id is not None and await self.may(user, "write", sprint_id),
            may_list=await self.may(user, "read", None),
        )

    def is_foreign(self, connection: Connection) -> bool:
        """Return whether it comes from a page of an origin that is not allowed.

        Browsers send `Origin` with each upgrade, and with each request that changes something.
        """
        origin = connection.headers.get("origin")
        if origin is None or origin in self._allowed_origins or "*" in self._allowed_origins:
            return False
        try:
            place = urlsplit(origin).netloc
        except ValueError:
            return True
        return place.lower() != connection.headers.get("host", "").lower()

    def check_origin(self, connection: Connection) -> None:
        """Refuse a request from a page of another origin.

        Raises:
            ApiError: It is foreign.
        """
        if self.is_foreign(connection):
            words = "the origin of this page is not in `allowed_origins`"
            raise ApiError(403, "foreign_origin", words, "Origin")


async def _result(name: str, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - of the application
    try:
        async with asyncio.timeout(IDENTITY_S):
            result = function(*arguments)
            return await result if inspect.isawaitable(result) else result
    except TimeoutError:
        _log.error("realtime-widgets: `%s` took longer than %g s", name, IDENTITY_S)
        words = "checking the login takes too long"
        raise ApiError(503, "authentication_failed", words, retry_after_s=5) from None
    except ApiError:
        raise
    except Exception:  # noqa: BLE001 - it is logged
        _log.exception("realtime-widgets: `%s` failed", name)
        raise ApiError(500, "authentication_failed", "the login cannot be checked") from None
