"""From which pages an app takes requests: its own host's, and those of allowed origins."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.service import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from realtime_widgets.asgi.request import Connection

__all__ = ["Origins"]

_PORTS = {"http": ":80", "https": ":443"}


class Origins:
    """Refuses requests from pages of other origins.

    Args:
        allowed: Origins such as `https://app.example.org`, beside that of the app's own host; `*`
            for all.

    Raises:
        TypeError: It is one text.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        if isinstance(allowed, str):
            raise TypeError("allowed_origins is a list of origins, not one text")
        self._allowed = frozenset(allowed)

    def is_foreign(self, connection: Connection) -> bool:
        """Return whether it comes from a page of an origin that is not allowed.

        Browsers send `Origin` with each upgrade, and with each request that changes something.
        """
        origin = connection.headers.get("origin")
        if origin is None or origin in self._allowed or "*" in self._allowed:
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return True
        # Browsers leave out the port that the scheme means; a proxy may add it.
        port = _PORTS.get(parts.scheme, "")
        host = connection.headers.get("host", "").lower()
        return parts.netloc.lower().removesuffix(port) != host.removesuffix(port)

    def check(self, connection: Connection) -> None:
        """Refuse a request from a page of another origin.

        Raises:
            ApiError: It is foreign.
        """
        if self.is_foreign(connection):
            words = "the origin of this page is not in `allowed_origins`"
            raise ApiError(403, HttpCode.FOREIGN_ORIGIN, words, "Origin")
