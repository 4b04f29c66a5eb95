"""The REST routes (protocol 10).

Every answer has a bound in bytes. The long ones come in pages, and few pages are in memory at a
time: further requests wait for their turn.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic_core import to_json
from tornado import web
from tornado.iostream import StreamClosedError

from realtime_widgets.service.api_error import ApiError, bad_field
from realtime_widgets.service.arguments import MAX_LIMIT, MAX_NUMBER, has_query, read_number
from realtime_widgets.service.resources import (
    delete_run,
    get_events,
    get_health,
    get_position,
    get_run,
    get_runs,
    issue_index_ticket,
    issue_ticket,
    runs_body,
)
from realtime_widgets_server.compression import GZIP_BYTES, accepts_gzip, compress
from realtime_widgets_server.identity import RealtimeHandler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tornado.http1connection import HTTP1Connection

    from realtime_widgets.service import Service

__all__ = [
    "NDJSON",
    "Api",
    "Health",
    "IndexTicket",
    "Sprint",
    "SprintEvents",
    "SprintPosition",
    "SprintTicket",
    "Sprints",
]

RECEIVE_S = 20.0
"""How long a client may take to receive a page."""

JSON = "application/json"
NDJSON = "application/x-ndjson"


class Api(RealtimeHandler, APIHandler):
    """Base of the REST handlers: answers JSON, and errors as JSON with a code."""

    # A list or a notebook that is left open sends requests from time to time, which is no work: it
    # must not keep an idle server from being stopped. Active runs do that themselves.
    _track_activity = False

    @property
    def service(self) -> Service:
        """The channels of this server."""
        return self.context.service

    async def prepare(self) -> None:  # type: ignore[override]  # as its base class overrides its own
        """Give a page the cookie that its next POST needs; one of Voila's comes without."""
        await super().prepare()
        if not self.token_authenticated:
            self.xsrf_token  # noqa: B018 - reading it sets the cookie

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode a part of the address, or end the request."""
        try:
            return super().decode_argument(value, name)
        except web.HTTPError:
            words = "a part of the URL is not UTF-8"
            with self.api_errors():
                raise bad_field(words, name) from None

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer as Jupyter's own API does."""
        APIHandler.write_error(self, status_code, **kwargs)

    @contextmanager
    def api_errors(self) -> Iterator[None]:
        """End the request with the error body of an `ApiError`; it is not logged as an error."""
        try:
            yield
        except ApiError as error:
            self.set_status(error.status)
            if error.retry_after_s is not None:
                self.set_header("Retry-After", str(error.retry_after_s))
            raise web.Finish(error.body) from None

    def number(self, name: str, default: int, *, minimum: int) -> int:
        """Return a query argument that is a number, at most its default.

        Raises:
            ApiError: It is none, or out of bounds.
        """
        given = self.get_query_argument(name, str(default))
        return read_number(given, name, minimum=minimum, maximum=default)

    def texts(self) -> dict[str, str]:
        """Return all query arguments, as they are given; of one that is given twice the last."""
        given = self.request.query_arguments
        return {name: self.get_query_argument(name, strip=False) for name in given}

    def disconnect(self) -> None:
        """Close the connection of a client that is too slow: others wait for their answers."""
        cast("HTTP1Connection", self.request.connection).close()

    def compute_etag(self) -> None:
        """Make none: it costs a pass over the whole answer, and few clients poll."""

    async def send_if_new(self, page: bytes) -> None:
        """Answer with a page, or with 304 where the client has it already.

        The ETag is weak, because that of a plain and of a compressed page is the same.
        """
        self.set_header("Etag", f'W/"{hashlib.sha1(page, usedforsecurity=False).hexdigest()}"')
        if not self.check_etag_header():
            await self.send(page)
            return
        self.set_header("Vary", "Accept-Encoding")
        self.set_status(304)
        self.finish()

    async def send(self, page: bytes, content_type: str = JSON) -> None:
        """Answer with a page, and wait until the client has received it, or is disconnected.

        It is compressed where the client accepts that.
        """
        self.set_header("Vary", "Accept-Encoding")
        accepted = self.request.headers.get("Accept-Encoding", "")
        if len(page) >= GZIP_BYTES and accepts_gzip(accepted):
            async with self.service.compressing:
                page = await asyncio.to_thread(compress, page)
            self.set_header("Content-Encoding", "gzip")
        try:
            async with asyncio.timeout(RECEIVE_S):
                await self.finish(page, set_content_type=content_type)
        except TimeoutError:
            self.disconnect()
        except StreamClosedError:
            pass  # the client left


class Health(Api):
    """`GET health`: whether the extension works, and with which store."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with versions and counts."""
        await self.service.started()
        self.finish(to_json(get_health(self.service)))


class Sprints(Api):
    """`GET sprints`: a page of the states of all runs, the newest first."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page."""
        await self.service.started()
        with self.api_errors():
            before = self.number("before", MAX_NUMBER, minimum=0)
            limit = self.number("limit", MAX_LIMIT, minimum=1)
        may_look = await self.may_find_notebooks()
        async with self.service.pages:
            with self.api_errors():
                page = await get_runs(self.service, before=before, limit=limit)
            notebooks = await self.context.notebooks.moved(page.origins) if may_look else {}
            await self.send_if_new(runs_body(self.service, page, notebooks))


class Sprint(Api):
    """`GET sprints/{id}`: the state of one run; `DELETE`: the end of it."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with the state, or 404."""
        await self.service.started()
        async with self.service.pages:
            with self.api_errors():
                state = await get_run(self.service, sprint_id)
            await self.send_if_new(to_json(state))

    @web.authenticated
    @authorized
    async def delete(self, sprint_id: str) -> None:
        """Remove the run with all of its events, where it is not published any more."""
        await self.service.started()
        with self.api_errors():
            await delete_run(self.service, sprint_id)
        self.set_status(204)
        self.finish()


class SprintPosition(Api):
    """`GET sprints/{id}/position`: how far the log of a run is."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with the position, also for a run that nothing was published to."""
        await self.service.started()
        with self.api_errors():
            self.finish(to_json(await get_position(self.service, sprint_id)))


class SprintEvents(Api):
    """`GET sprints/{id}/events`: a page of a run's history."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with flat events, as JSON or, where the client accepts it, as NDJSON."""
        await self.service.started()
        arguments, no_slot = self.texts(), nullcontext()
        is_search, slots = has_query(arguments), self.service.search_slots
        with self.api_errors():
            async with slots.slot(await self.holder()) if is_search else no_slot:
                await self._answer(sprint_id, arguments)

    async def _answer(self, sprint_id: str, arguments: Mapping[str, str]) -> None:
        async with self.service.pages:
            events = await get_events(self.service, sprint_id, arguments)
            if events.next is not None:
                # Also where the body has no place for it; relative, as a proxy may be in between.
                self.set_header("Link", f'<?{events.next}>; rel="next"')
            if NDJSON in self.request.headers.get("Accept", ""):
                await self.send(events.as_ndjson(), NDJSON)
            else:
                await self.send(events.as_json())


class SprintTicket(Api):
    """`POST sprints/{id}/ticket`: a one-time ticket for `hello` (protocol 3.1)."""

    @web.authenticated
    @authorized("read")  # type: ignore[untyped-decorator]  # with an argument it has no types
    async def post(self, sprint_id: str) -> None:
        """Answer with a ticket for this user; reading is enough, writing is checked later."""
        with self.api_errors():
            ticket = issue_ticket(self.service, self.current_user.username, sprint_id)
        self.set_header("Cache-Control", "no-store")
        self.finish(to_json(ticket))


class IndexTicket(Api):
    """`POST index/ticket`: a one-time ticket for `hello` on the index channel (protocol 12)."""

    @web.authenticated
    @authorized("read")  # type: ignore[untyped-decorator]  # with an argument it has no types
    async def post(self) -> None:
        """Answer with a ticket for this user."""
        self.set_header("Cache-Control", "no-store")
        self.finish(to_json(issue_index_ticket(self.service, self.current_user.username)))
