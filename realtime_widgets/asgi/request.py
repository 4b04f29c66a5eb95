"""What an ASGI server knows of a request, and where the request is inside the mounted app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from realtime_widgets.service.api_error import ApiError, bad_field

__all__ = ["Connection", "Message", "Receive", "Scope", "Send"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

MAX_ARGUMENTS = 100
"""Most arguments of a query that are read."""

PREFIX = "realtime"
"""The first part of a path that may be left out: it is where a Jupyter server has these routes."""


class Connection:
    """An HTTP request or a WebSocket upgrade, for `authenticate`.

    Its attributes have the names of Starlette's `HTTPConnection`, which can be made of `scope`.

    Args:
        scope: The scope that the ASGI server passes to the app.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @classmethod
    def taken_from(cls, scope: Scope) -> Connection:
        """Return the connection of a scope, in which `***` takes the place of the token.

        Servers log the URLs of requests: uvicorn reads this scope when it does.
        """
        connection = cls(dict(scope))
        try:
            arguments = connection.query_params
        except ApiError:
            scope["query_string"] = b""
        else:
            if "token" in arguments:
                shown = {**arguments, "token": "***"}
                scope["query_string"] = urlencode(shown, safe="*").encode()
        return connection

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers by their names in lower case; of one that comes more than once the last."""
        return {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self.scope["headers"]
        }

    @cached_property
    def query_params(self) -> dict[str, str]:
        """The arguments of the query; of one that is given twice the last.

        Raises:
            ApiError: They are not UTF-8, or more than `MAX_ARGUMENTS`.
        """
        try:
            pairs = parse_qsl(
                self.scope.get("query_string", b"").decode("latin-1"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_ARGUMENTS,
            )
        except ValueError:
            words = f"the query is not UTF-8, or has more than {MAX_ARGUMENTS} arguments"
            raise bad_field(words, None) from None
        return dict(pairs)

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; of two with one name the last.

        They are read pair by pair, as browsers write them: `SimpleCookie` reads none where another
        application of the host has set one that breaks the rules, such as JSON. With HTTP/2 they
        may come in several headers.
        """
        headers = (
            value.decode("latin-1")
            for name, value in self.scope["headers"]
            if name.lower() == b"cookie"
        )
        pairs = (pair.partition("=") for pair in ";".join(headers).split(";"))
        unquote = SimpleCookie().value_decode
        return {
            name.strip(): unquote(value.strip())[0] for name, is_pair, value in pairs if is_pair
        }

    @cached_property
    def bearer_token(self) -> str:
        """The token of `Authorization: Bearer ...` (or `token ...`), or else of `?token=`.

        It is "" where the request has neither.
        """
        scheme, _, given = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() in {"bearer", "token"}:
            return given.strip(" \t")
        return self.query_params.get("token", "")

    @property
    def has_credentials(self) -> bool:
        """Whether it has a token, which a page cannot be made to send as it is a cookie."""
        return "authorization" in self.headers or "token" in self.query_params

    @cached_property
    def mount_path(self) -> str:
        """The part of the path that leads to the app, without a slash at its end."""
        path, mount = str(self.scope["path"]), str(self.scope.get("root_path", ""))
        # A proxy may have cut off its own part of the path, which `root_path` still names.
        proxy = str(self.scope.get("app_root_path", ""))
        for prefix in (mount, mount.removeprefix(proxy)):
            if path == prefix or path.startswith(f"{prefix.rstrip('/')}/"):
                return prefix.rstrip("/")
        return ""

    @cached_property
    def path(self) -> str:
        """The path below the app, without a slash at its beginning and without `PREFIX`."""
        below = str(self.scope["path"])[len(self.mount_path) :].lstrip("/")
        return below.removeprefix(PREFIX).lstrip("/") if _has_prefix(below) else below

    @property
    def is_prefixed(self) -> bool:
        """Whether the URL of the list of runs ends with `PREFIX`, as on a Jupyter server."""
        below = str(self.scope["path"])[len(self.mount_path) :].lstrip("/")
        return _has_prefix(below) or self.mount_path.rpartition("/")[2] == PREFIX


def _has_prefix(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")
