"""The user of a request and the user's rights, by two functions that an application gives."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from realtime_widgets.asgi.origins import Origins
from realtime_widgets.asgi.request import Connection
from realtime_widgets.hub import Login
from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.service import ApiError
from realtime_widgets.service.api_error import result_of
from realtime_widgets.service.routes import Action
from realtime_widgets.service.sharing.access import Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.service import Service
    from realtime_widgets.service.sharing.sharing import Sharing

__all__ = ["Authenticate", "Authorize", "Bearer", "Identity", "User", "open_to_all"]

IDENTITY_S = 10.0
"""How long `authenticate` or `authorize` may take for one request, in seconds."""

USER_CHARACTERS = 256
"""Maximum characters of the user's name that are stored with each event."""

_log = logging.getLogger("realtime_widgets")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class User:
    """A user of the application; a subclass can have more fields, for `authorize`.

    Attributes:
        name: The user's unique name: limits are per name, and a ticket is good for one.
        display_name: What is shown with what the user publishes, if not the name.
        groups: The names of the user's groups, with which runs can be shared.
        is_admin: Whether the user may do everything with the runs of all users.
    """

    name: str
    display_name: str = ""
    groups: frozenset[str] = frozenset()
    is_admin: bool = False

    @property
    def shown_name(self) -> str:
        """What is shown and stored, at most `USER_CHARACTERS`."""
        return (self.display_name or self.name)[:USER_CHARACTERS]

    @property
    def person(self) -> Person:
        """The user, as far as the sharing of runs depends on it."""
        return Person(self.name, self.groups, self.is_admin)


Authenticate: TypeAlias = Callable[[Connection], User | Awaitable[User | None] | None]
Authorize: TypeAlias = Callable[[Any, Action, str | None], bool | Awaitable[bool]]
Refresh: TypeAlias = Callable[[Any], User | Awaitable[User | None] | None]
"""Returns a user, by what is known now; None for one that there is not any more."""


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
    """A user, with the rights on a run; what a ticket gives.

    Attributes:
        user: The user.
        may_publish: Whether the user may write to the run.
        may_list: Whether the user may know the names of all other runs.
    """

    user: User
    may_publish: bool
    may_list: bool


def as_known(user: User) -> User:
    """Return the user as it was."""
    return user


class Identity:
    """Calls the functions of the application, and refuses where they fail.

    Args:
        authenticate: Returns the user of a request, None for one without a login.
        authorize: Returns whether a user may read or write a run or, for None, list all runs.
        allowed_origins: Origins of pages, such as `https://app.example.org`, from which requests
            with a login are taken beside those of the app's own host; `*` for all.
        refresh: Returns a user whose ticket was redeemed, by what is known now.

    Raises:
        TypeError: One of them is of another type.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        authorize: Authorize,
        allowed_origins: Iterable[str],
        refresh: Refresh = as_known,
    ) -> None:
        given: dict[str, object] = {
            "authenticate": authenticate,
            "authorize": authorize,
            "refresh": refresh,
        }
        for name, function in given.items():
            if not callable(function):
                words = "give a function; for requests without a login give `open_to_all`"
                raise TypeError(f"{name}={function!r}: {words}")
        self._authenticate = authenticate
        self._authorize = authorize
        self.origins = Origins(allowed_origins)
        self._refresh = refresh
        self.service: Service | None = None
        """The running service, whose `sharing` has the rights on single runs; None before."""

    @property
    def _sharing(self) -> Sharing | None:
        return self.service.sharing if self.service is not None else None

    async def _shared(self, result: Awaitable[T]) -> T:
        assert self.service is not None, "it shares"  # noqa: S101 - narrows the type
        return await result_of(self.service.hub, result)

    async def user(self, connection: Connection) -> User | None:
        """Return the user of a request, None where it has no login.

        Raises:
            ApiError: `authenticate` raises, returns something else, or takes too long.
        """
        return await _user("authenticate", self._authenticate, connection)

    async def refreshed(self, user: User) -> User | None:
        """Return a user by what is known now, None for one that does not exist any more.

        Raises:
            ApiError: `refresh` raises, returns something else, or takes too long.
        """
        return await _user("refresh", self._refresh, user)

    async def may(self, user: User, action: Action, sprint_id: str | None) -> bool:
        """Return whether the user may do this; what is not `True` means no.

        Raises:
            ApiError: `authorize` raises, or takes too long.
        """
        if not await self._is_authorized(user, action, sprint_id):
            return False
        if sprint_id is None or self._sharing is None:
            return True
        return await self._shared(self._sharing.may(user.person, action, sprint_id))

    async def _is_authorized(self, user: User, action: Action, sprint_id: str | None) -> bool:
        return await _result("authorize", self._authorize, user, action, sprint_id) is True

    async def require(
        self, connection: Connection, action: Action | None, sprint_id: str | None
    ) -> User:
        """Return the user of a request, if the user may do this; None as `action`: read the list.

        Raises:
            ApiError: There is none, or the user may not do this; or see `user` and `may`.
        """
        user = await self.user(connection)
        if user is None:
            raise ApiError(401, HttpCode.UNAUTHORIZED, "there is no login in this request")
        if action is None:
            action, sprint_id = "read", None
        if not await self.may(user, action, sprint_id):
            raise await self.refusal(user, action, sprint_id)
        return user

    async def refusal(self, user: User, action: Action, sprint_id: str | None) -> ApiError:
        """Return why a user may not do this."""
        sharing = self._sharing
        if (
            sharing is not None
            and sprint_id is not None
            and await self._is_authorized(user, action, sprint_id)
        ):
            return await self._shared(sharing.refusal(sprint_id, action))
        return ApiError(403, HttpCode.FORBIDDEN, f"this user may not {action} this")

    async def bearer(self, user: User, sprint_id: str | None) -> Bearer:
        """Return the user with the rights on a run."""
        return Bearer(
            user,
            may_publish=sprint_id is not None and await self.may(user, "write", sprint_id),
            may_list=self._sharing is None and await self.may(user, "read", None),
        )

    async def login(self, bearer: Bearer, sprint_id: str | None) -> Login | None:
        """Return a user with rights on a run for the hub; None where they were taken back.

        Raises:
            ApiError: The rights cannot be read.
        """
        login = Login(
            user=bearer.user.shown_name,
            user_id=bearer.user.name,
            may_publish=bearer.may_publish,
            may_list=bearer.may_list,
        )
        sharing, person = self._sharing, bearer.user.person
        if sharing is None:
            return login
        if sprint_id is None:
            return replace(login, visible=partial(sharing.visible, person))
        rights = await self._shared(sharing.rights(person, sprint_id))
        if not rights.may_read:
            return None
        return replace(
            login,
            may_publish=bearer.may_publish and rights.may_write,
            is_shared=True,
            is_provisional=rights.is_provisional,
            claim=partial(sharing.claim, person, sprint_id),
        )


async def _user(name: str, function: Callable[..., Any], argument: object) -> User | None:
    user = await _result(name, function, argument)
    if user is not None and not isinstance(user, User):
        words = "realtime-widgets: `%s` returned %s; it has to return a %s or None"
        _log.error(words, name, type(user).__name__, "realtime_widgets.asgi.User")
        raise ApiError(500, HttpCode.AUTHENTICATION_FAILED, "the login cannot be checked")
    return user


async def _result(name: str, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - of the application
    try:
        async with asyncio.timeout(IDENTITY_S):
            result = function(*arguments)
            return await result if inspect.isawaitable(result) else result
    except TimeoutError:
        _log.error("realtime-widgets: `%s` took longer than %g s", name, IDENTITY_S)
        words = "checking the login takes too long"
        raise ApiError(503, HttpCode.AUTHENTICATION_FAILED, words, retry_after_s=5) from None
    except ApiError:
        raise
    except Exception:  # noqa: BLE001 - it is logged
        _log.exception("realtime-widgets: `%s` failed", name)
        raise ApiError(500, HttpCode.AUTHENTICATION_FAILED, "the login cannot be checked") from None
