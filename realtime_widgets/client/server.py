"""A Jupyter server with the extension as a target: reads over HTTP, publishes over a WebSocket."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from realtime_widgets.client.blobs import download, upload
from realtime_widgets.client.http import NOT_FOUND, Call, Requests, refusal
from realtime_widgets.client.link import WebSocketLink
from realtime_widgets.client.runtime import fork_lock
from realtime_widgets.client.server_address import ServerAddress
from realtime_widgets.client.target import READ_S, LogHead
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.client.warm_up import warm_up
from realtime_widgets.client.whereabouts import addresses_to_try, answered, now_at
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from realtime_widgets.client.large_value import LargeValue
    from realtime_widgets.client.link import Link
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["Server"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Server(ServerAddress):
    """A Jupyter server with the extension; how it is pickled is up to `discovery`.

    Attributes:
        was_found: Whether it was found, and not named.
        requests: What reads from it; None for a connection for each request.
    """

    was_found: bool = field(default=False, repr=False, compare=False)
    requests: Requests | None = field(default=None, repr=False, compare=False)
    is_server = True

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to be pickled with a token, should `discovery` not have been imported."""
        msg = "import realtime_widgets.client.discovery before a server is pickled"
        raise TypeError(msg)

    @property
    def name(self) -> str:
        return now_at(self).url

    def prepare(self) -> None:
        with fork_lock:
            import websockets.asyncio.client  # noqa: F401 - to have it loaded

            warm_up()

    async def connect(self, sprint_id: str) -> Link:
        first_error = None
        for address in addresses_to_try(self):
            url = f"{address.url}realtime/ws/{_path(sprint_id)}"
            try:
                link = await WebSocketLink.connect(url, address.token, address.certificate)
            except ServerNotFoundError as error:
                # With the address of the server in place of that of its WebSocket.
                first_error = first_error or ServerNotFoundError(
                    address.url, error.reason, error.kind
                )
            else:
                answered(self, address)
                return link
        assert first_error is not None, "there is always one address"  # noqa: S101 - narrows the type
        raise first_error

    async def put_blob(self, sprint_id: str, value: LargeValue) -> None:
        await in_thread(lambda: self._put(f"{_path(sprint_id)}/blobs/{value.sha256}", value))

    def _put(self, path: str, value: LargeValue) -> None:
        call = Call(f"realtime/api/{path}", "PUT", body=value.data, media_type=value.media_type)
        self._each_address(lambda address, requests: upload(requests, address, call))

    @contextmanager
    def on_one_connection(self) -> Iterator[Server]:
        with Requests() as requests:
            yield replace(self, requests=requests)

    def runs(self, *, timeout: float = READ_S) -> list[dict[str, Any]]:
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
        run: dict[str, Any] | None = self._get(_path(sprint_id), timeout)
        return run

    def page(  # noqa: PLR0913 - most of them by name
        self,
        sprint_id: str,
        *,
        limit: int,
        after: int = 0,
        before: int | None = None,
        query: SearchQuery | None = None,
        timeout: float = READ_S,
    ) -> dict[str, Any] | None:
        start = f"after={after}" if before is None else f"before={before}"
        found = f"&{urlencode(query.as_arguments())}" if query else ""
        path = f"{_path(sprint_id)}/events?{start}&limit={limit}{found}"
        page: dict[str, Any] | None = self._get(path, timeout)
        if query is not None and page is not None and not page.get("search"):
            raise ServerNotFoundError(self.name, "its version of realtime-widgets cannot search")
        return page

    def series(
        self, sprint_id: str, attempt: int | None = None, *, timeout: float = READ_S
    ) -> dict[str, Any] | None:
        found = "" if attempt is None else f"?attempt={attempt}"
        series: dict[str, Any] | None = self._get(f"{_path(sprint_id)}/series{found}", timeout)
        return series

    def blob(self, sprint_id: str, sha256: str, *, timeout: float = READ_S) -> bytes | None:
        call = Call(f"realtime/api/{_path(sprint_id)}/blobs/{sha256}", accept="*/*")
        return self._each_address(
            lambda address, requests: download(requests, address, call, timeout)
        )

    def log_head(self, sprint_id: str, *, timeout: float = READ_S) -> LogHead:
        return LogHead.of(self._get(f"{_path(sprint_id)}/position", timeout))

    def health(self, *, timeout: float) -> dict[str, Any]:
        """Ask the extension how it is (protocol 10).

        Raises:
            ServerNotFoundError: It does not answer, or does not take the token.
        """
        health: dict[str, Any] | None = self._get("health", timeout)
        if health is None:
            raise refusal(NOT_FOUND).error(self.name)
        return health

    def _left(self, deadline: float) -> float:
        """Return how many seconds are left for the next of several requests."""
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            raise ServerNotFoundError(self.url, "timed out")
        return seconds

    def _get(self, path: str, timeout: float) -> Any:  # noqa: ANN401 - any JSON
        """Return the JSON under `realtime/api/`, None if the run does not exist."""
        return self._each_address(
            lambda address, requests: requests.get_json(address, f"realtime/api/{path}", timeout)
        )

    def _each_address(self, send: Callable[[ServerAddress, Requests], _T]) -> _T:
        """Send a request to the first address of the server that answers."""
        first_error = None
        with nullcontext(self.requests) if self.requests else Requests() as requests:
            for address in addresses_to_try(self):
                try:
                    answer = send(address, requests)
                except ServerNotFoundError as error:
                    first_error = first_error or error
                else:
                    answered(self, address)
                    return answer
        assert first_error is not None, "there is always one address"  # noqa: S101 - narrows the type
        raise first_error


def _path(sprint_id: str) -> str:
    return f"sprints/{quote(sprint_id, safe='')}"
