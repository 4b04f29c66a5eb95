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
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._address import http_connection
from realtime_widgets.publisher._answer import read_answer
from realtime_widgets.publisher._hidden import Hidden
from realtime_widgets.publisher._link import CANNOT_BE_SENT, WebSocketLink, credentials, refusal
from realtime_widgets.publisher._rehearsal import rehearse
from realtime_widgets.publisher._runtime import held_off_forks, runtime

if TYPE_CHECKING:
    from realtime_widgets.publisher._link import Link

__all__ = ["InProcess", "Server", "Target"]

READ_S = 5.0
"""How long one REST request may take; a page of history is read from disk."""

NOT_FOUND = 404


class Target(Protocol):
    """What publishing and reading need."""

    @property
    def name(self) -> str:
        """What to call it in front of the user."""

    @property
    def is_server(self) -> bool:
        """Whether a browser can reach it, too."""

    def prepare(self) -> None:
        """Load what connecting needs, in the user's thread; see `_rehearsal`."""

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

    def page(
        self, sprint_id: str, *, after: int, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """Return flat events that follow a seq.

        Raises:
            ServerNotFoundError: There is no server, or it refuses.
        """

    def log_position(self, sprint_id: str, *, timeout: float = READ_S) -> tuple[str | None, int]:
        """Return the epoch of a run's log and its head, None and 0 where there is no such run.

        Another epoch is another log: a seq of the one says nothing about the other.

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
    """

    url: str
    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    is_server = True

    def __post_init__(self) -> None:
        """Keep the token out of tracebacks."""
        object.__setattr__(self, "token", Hidden(self.token))

    @property
    def name(self) -> str:
        """See `Target`."""
        return self.url

    def prepare(self) -> None:
        """See `Target`."""
        with held_off_forks:
            import websockets.asyncio.client  # noqa: F401 - to have it loaded

            rehearse()

    async def connect(self, sprint_id: str) -> Link:
        """See `Target`."""
        url = f"{self.url}realtime/ws/{_path(sprint_id)}"
        try:
            return await WebSocketLink.connect(url, self.token, self.certificate)
        except ServerNotFoundError as error:
            reason = error.reason
        raise ServerNotFoundError(self.url, reason)

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """See `Target`."""
        runs: list[dict[str, Any]] = self._get("sprints", timeout)["sprints"]
        return runs

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """See `Target`."""
        run: dict[str, Any] | None = self._get(_path(sprint_id), timeout)
        return run

    def page(
        self, sprint_id: str, *, after: int, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """See `Target`."""
        query = f"after={after}&limit={limit}"
        page = self._get(f"{_path(sprint_id)}/events?{query}", timeout)
        return [] if page is None else page["events"]

    def log_position(self, sprint_id: str, *, timeout: float = READ_S) -> tuple[str | None, int]:
        """See `Target`."""
        page = self._get(f"{_path(sprint_id)}/events?limit=1", timeout)
        return (None, 0) if page is None else (page["epoch"], page["head"])

    def health(self, *, timeout: float) -> dict[str, Any]:
        """Ask the extension how it is (protocol 10).

        Raises:
            ServerNotFoundError: It does not answer, or does not take the token.
        """
        health: dict[str, Any] | None = self._get("health", timeout)
        if health is None:
            raise ServerNotFoundError(self.url, refusal(NOT_FOUND))
        return health

    def _get(self, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON under `realtime/api/`, None where the server says that there is none."""
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


def _path(sprint_id: str) -> str:
    return f"sprints/{quote(sprint_id, safe='')}"


@dataclass(frozen=True)
class InProcess:
    """The hub inside this process: its runs are seen here only, and end with the process."""

    name = "the hub in this process"
    is_server = False

    def prepare(self) -> None:
        """See `Target`."""
        with held_off_forks:
            import realtime_widgets._embedded  # noqa: F401 - to have it loaded

            rehearse()

    async def connect(self, sprint_id: str) -> Link:
        """See `Target`."""
        from realtime_widgets._embedded import embedded_hub

        return await embedded_hub().connect(sprint_id)

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
        """See `Target`."""

        async def read() -> list[dict[str, Any]]:
            from realtime_widgets._embedded import embedded_hub

            return await embedded_hub().sprints()

        return runtime().run(read(), timeout)

    def run(self, sprint_id: str, *, timeout: float = READ_S) -> dict[str, Any] | None:
        """See `Target`."""

        async def read() -> dict[str, Any] | None:
            from realtime_widgets._embedded import embedded_hub

            return await embedded_hub().sprint(sprint_id)

        return runtime().run(read(), timeout)

    def page(
        self, sprint_id: str, *, after: int, limit: int, timeout: float = READ_S
    ) -> list[dict[str, Any]]:
        """See `Target`."""

        async def read() -> list[dict[str, Any]]:
            from realtime_widgets._embedded import embedded_hub

            page = await embedded_hub().page(sprint_id, after=after, limit=limit)
            events: list[dict[str, Any]] = page["events"]
            return events

        return runtime().run(read(), timeout)

    def log_position(self, sprint_id: str, *, timeout: float = READ_S) -> tuple[str | None, int]:
        """See `Target`."""

        async def read() -> tuple[str | None, int]:
            from realtime_widgets._embedded import embedded_hub

            page = await embedded_hub().page(sprint_id, after=0, limit=1)
            return page["epoch"], page["head"]

        return runtime().run(read(), timeout)


def _forget_hub_of_parent() -> None:
    embedded = sys.modules.get("realtime_widgets._embedded")
    if embedded is not None:
        embedded.embedded_hub.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_hub_of_parent)
