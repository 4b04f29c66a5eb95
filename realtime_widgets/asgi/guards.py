"""Guards for FastAPI's `Depends`: the login and the rights of an app in the application's routes.

This module needs Starlette, which FastAPI brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads the annotation

from realtime_widgets.asgi.request import Connection
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.service import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets.asgi.app import RealtimeApp
    from realtime_widgets.asgi.identity import User
    from realtime_widgets.service.routes import Action

__all__ = ["require"]


def require(realtime: RealtimeApp, action: Action = "read") -> Callable[..., Awaitable[User]]:
    """Return a dependency that gives the user of a request, and refuses one without the right.

    The run is the path's parameter `sprint_id`; where the path has none, the right is that on the
    list of runs. A WebSocket is refused before it is accepted.

    Args:
        realtime: The app, whose `authenticate` and `authorize` are called.
        action: `read` or `write`.
    """

    async def guard(connection: HTTPConnection) -> User:
        identity, request = realtime.identity, Connection(connection.scope)
        given = connection.path_params.get("sprint_id")
        sprint_id = None if given is None else str(given)
        try:
            if connection.scope["type"] == "websocket" or connection.scope["method"] != "GET":
                identity.origins.check(request)
            return await identity.require(request, action, sprint_id)
        except ApiError as error:
            if connection.scope["type"] == "websocket":
                code = CloseCode.UNAUTHORIZED if error.status == 401 else CloseCode.FORBIDDEN  # noqa: PLR2004 - HTTP's
                raise WebSocketException(int(code), code.reason) from None
            raise HTTPException(error.status, str(error)) from None

    return guard
