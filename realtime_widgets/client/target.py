"""Where runs are published to and read from: a Jupyter server, or the hub inside this process.

A target knows the address and the credentials; neither is ever part of a `repr` or an error.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import quote, urlsplit

from realtime_widgets.client.address import http_connection
from realtime_widgets.client.hidden import Hidden
from realtime_widgets.client.http import read_answer
from realtime_widgets.client.link import CANNOT_BE_SENT, WebSocketLink, credentials, refusal
from realtime_widgets.client.redaction import remember_secret
from realtime_widgets.client.runtime import held_off_forks, runtime
from realtime_widgets.client.warm_up import rehearse
from realtime_widgets.client.whereabouts import answered, now_at, places
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.ids import is_sprint_id
from realtime_widgets.protocol.messages import MAX_SIMILAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.link import Link

__all__ = ["InProcess", "LogHead", "LogPosition", "Server", "Target"]

READ_S = 5.0
"""How long reading may take; a page of history is read from disk."""

NEWEST_PAGES = 4
"""Most pages that the newest events of a run are read from, of 1 MiB each (protocol 10)."""

PAGE_EVENTS = 1_000
"""Most events of one page (protocol 10)."""

MAX_SEQ = 2**53 - 1

NOT_FOUND = 404


LogPosition: TypeAlias = tuple[str | None, int]
"""The epoch of a run's log and its head, None and 0 where there is no such run.

Another epoch is another log: a seq of the one says nothing about the other."""


class LogHead(NamedTuple):
    """How far the log of a run is."""

    position: LogPosition

    similar: list[str]
    """Names of runs that are similar to one that has not begun; none where it has."""


class Target(Protocol):
    """What publishing and reading need."""

    @property
    def name(self) -> str:
        """What to call it in front of the user."""

    @property
    def is_server(self) -> bool:
        """Whether a browser can reach it, too."""

    def prepare(self) -> None:
        """Load what connecting needs, in the user's thread; see `warm_up`."""

    async def connect(self, sprint_id: str) -> Link:
        """Open a link, in the loop of the runtime.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """Return the states of all runs, the newest first.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """Return the state of a run, None where nothing was published to it.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def newest(
        self, sprint_id: str, *, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """Return the newest events of a run, flat, in the order of its log.

        There are fewer than `limit` where they are more than a few MiB.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        """Return how far the log of a run is.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """


@dataclass(frozen=True)
class Server:
    """A Jupyter server with the extension.

    Attributes:
        url: Its base URL, with a slash at the end.
        token: What lets a request in, "" where none is needed.
        certificate: The file with its certificate, "" where this machine trusts it anyway.
        root: The folder that it serves, "" where that is not known; by it the server is found
            again when it was started at another port.
        was_found: Whether it was found, and not named.
    """

    url: str
    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    root: str = field(default="", repr=False, compare=False)
    was_found: bool = field(default=False, repr=False, compare=False)
    is_server = True

    def __post_init__(self) -> None:
        """Keep the token out of what is published, and out of tracebacks."""
        remember_secret(self.token)
        object.__setattr__(self, "token", Hidden(self.token))

    def __reduce__(self) -> tuple[Callable[..., Target], tuple[object, ...]]:
        """Leave the token out: another process finds one as it finds a server."""
        from realtime_widgets.client.discovery import discover, find_again

        return (discover, ()) if self.was_found else (find_again, (self.name, bool(self.token)))

    @property
    def name(self) -> str:
        """See `Target`."""
        return now_at(self).url

    def prepare(self) -> None:
        """See `Target`."""
        with held_off_forks:
            import websockets.asyncio.client  # noqa: F401 - to have it loaded

            rehearse()

    async def connect(self, sprint_id: str) -> Link:
        """See `Target`."""
        first_error = None
        for place in places(self):
            url = f"{place.url}realtime/ws/{_path(sprint_id)}"
            try:
                link = await WebSocketLink.connect(url, place.token, place.certificate)
            except ServerNotFoundError as error:
                first_error = first_error or ServerNotFoundError(place.url, error.reason)
            else:
                answered(self, place)
                return link
        assert first_error is not None, "there is always one place"  # noqa: S101 - narrows the type
        raise first_error

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """See `Target`."""
        deadline = time.monotonic() + timeout
        runs: list[dict[str, Any]] = []
        path = "sprints"
        while True:
            page = self._get(path, self._left(deadline))
            runs += page["sprints"]
            if page.get("next") is None:
                return runs
            path = f"sprints?before={page['next']}"

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """See `Target`."""
        run: dict[str, Any] | None = self._get(_path(sprint_id), timeout)
        return run

    def newest(
        self, sprint_id: str, *, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """See `Target`."""
        deadline = time.monotonic() + timeout
        newest = _Newest(limit)
        while newest.is_wanting:
            path = f"{_path(sprint_id)}/events?before={newest.before}&limit={newest.missing}"
            newest.take(self._get(path, self._left(deadline)))
        return newest.events

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        """See `Target`."""
        return _head_of(self._get(f"{_path(sprint_id)}/events?limit=0", timeout))

    def health(self, *, timeout: float) -> dict[str, Any]:
        """Ask the extension how it is (protocol 10).

        Raises:
            ServerNotFoundError: It does not answer, or does not take the token.
        """
        health: dict[str, Any] | None = self._get("health", timeout)
        if health is None:
            raise ServerNotFoundError(self.name, refusal(NOT_FOUND))
        return health

    def _left(self, deadline: float) -> float:
        """Return how many seconds are left for the next of several requests."""
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise ServerNotFoundError(self.url, "timed out")
        return seconds

    def _get(self, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON under `realtime/api/`, None where the server says that there is none."""
        first_error = None
        for place in places(self):
            try:
                answer = place._get_here(path, timeout)  # noqa: SLF001 - of this class
            except ServerNotFoundError as error:
                first_error = first_error or error
            else:
                answered(self, place)
                return answer
        assert first_error is not None, "there is always one place"  # noqa: S101 - narrows the type
        raise first_error

    def _get_here(self, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
        try:
            status, body = self._fetch(f"{urlsplit(self.url).path}realtime/api/{path}", timeout)
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
        except ValueError:
            reason = CANNOT_BE_SENT
        else:
            return self._read(status, body)
        # Here, so that it has no context: what was sent, token and all, is in its variables.
        raise ServerNotFoundError(self.url, reason)

    def _read(self, status: int, body: bytes) -> Any:  # noqa: ANN401 - any JSON
        if status not in {http.client.OK, NOT_FOUND}:
            raise ServerNotFoundError(self.url, refusal(status, has_token=bool(self.token)))
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status == http.client.OK:
            if answer is None:
                raise ServerNotFoundError(self.url, "what answers there is no Jupyter server")
            return answer
        if isinstance(answer, dict) and answer.get("code") == "unknown_sprint":
            return None
        raise ServerNotFoundError(self.url, refusal(NOT_FOUND))

    def _fetch(self, path: str, timeout: float) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", **credentials(self.token)}
        deadline = time.monotonic() + timeout
        with closing(http_connection(self.url, self.certificate, timeout)) as connection:
            # First, as this is what Ctrl-C may break off: later the token is in its variables.
            connection.connect()
            connection.request("GET", path, headers=headers)
            return read_answer(connection.sock, deadline)


def _head_of(page: dict[str, Any] | None) -> LogHead:
    """Read a page of history that holds no events."""
    if page is None:
        return LogHead((None, 0), [])
    names = [name for name in page.get("similar", []) if isinstance(name, str)]
    return LogHead(
        (page["epoch"], page["head"]), [name for name in names if is_sprint_id(name)][:MAX_SIMILAR]
    )


def _path(sprint_id: str) -> str:
    return f"sprints/{quote(sprint_id, safe='')}"


class _Newest:
    """The newest events of a run, as page after page arrives: the newest page first."""

    def __init__(self, limit: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.before: int | None = MAX_SEQ
        """Where the next page begins, None where there is none."""

        self._limit = limit
        self._pages = 0

    @property
    def missing(self) -> int:
        """How many events the next page may have."""
        return min(self._limit - len(self.events), PAGE_EVENTS)

    @property
    def is_wanting(self) -> bool:
        """Whether another page is to be read."""
        return self.before is not None and self.missing > 0 and self._pages < NEWEST_PAGES

    def take(self, page: dict[str, Any] | None) -> None:
        """Put a page before the events that there are, or notice that there is none."""
        self._pages += 1
        self.events[:0] = page["events"] if page else []
        self.before = page["next"] if page else None


@dataclass(frozen=True)
class InProcess:
    """The hub inside this process: its runs are seen here only, and end with the process.

    Attributes:
        was_found: Whether it is used because no server was found, and was not asked for.
    """

    was_found: bool = field(default=False, repr=False, compare=False)
    name = "the hub in this process"
    is_server = False

    def __reduce__(self) -> tuple[Callable[..., Target], tuple[object, ...]]:
        """Where it was not asked for, another process may find a server."""
        from realtime_widgets.client.discovery import EMBEDDED, discover

        return (discover, ()) if self.was_found else (discover, (EMBEDDED,))

    def prepare(self) -> None:
        """See `Target`."""
        with held_off_forks:
            import realtime_widgets.client.embedded  # noqa: F401 - to have it loaded

            rehearse()

    async def connect(self, sprint_id: str) -> Link:
        """See `Target`."""
        from realtime_widgets.client.embedded import embedded_hub

        return await embedded_hub().connect(sprint_id)

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """See `Target`."""

        async def read() -> list[dict[str, Any]]:
            from realtime_widgets.client.embedded import embedded_hub

            return await embedded_hub().sprints()

        return runtime().run(read(), timeout)

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """See `Target`."""

        async def read() -> dict[str, Any] | None:
            from realtime_widgets.client.embedded import embedded_hub

            return await embedded_hub().sprint(sprint_id)

        return runtime().run(read(), timeout)

    def newest(
        self, sprint_id: str, *, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """See `Target`."""

        async def read() -> list[dict[str, Any]]:
            from realtime_widgets.client.embedded import embedded_hub

            newest = _Newest(limit)
            while newest.is_wanting:
                newest.take(
                    await embedded_hub().page(sprint_id, before=newest.before, limit=newest.missing)
                )
            return newest.events

        return runtime().run(read(), timeout)

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        """See `Target`."""

        async def read() -> LogHead:
            from realtime_widgets.client.embedded import embedded_hub

            return _head_of(await embedded_hub().page(sprint_id, limit=0))

        return runtime().run(read(), timeout)


def _forget_hub_of_parent() -> None:
    embedded = sys.modules.get("realtime_widgets.client.embedded")
    if embedded is not None:
        embedded.embedded_hub.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_hub_of_parent)
