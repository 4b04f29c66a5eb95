"""The REST routes (protocol 10).

Every answer has a bound in bytes. The long ones come in pages, and few pages are in memory at a
time: further requests wait for their turn.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING, NoReturn, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic_core import to_json
from tornado import web
from tornado.iostream import StreamClosedError

from realtime_widgets.errors import InvalidSprintIdError, StoreError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.messages import PROTOCOL_VERSION
from realtime_widgets_server.identity import RealtimeHandler
from realtime_widgets_server.publish_tokens import Program

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    from tornado.http1connection import HTTP1Connection

    from realtime_widgets.hub.pages import Page
    from realtime_widgets.protocol.run_state import RunState

    T = TypeVar("T")

__all__ = ["Health", "Sprint", "SprintEvents", "SprintTicket", "Sprints"]

PAGES_AT_ONCE = 8
"""How many pages of 1 MiB may be in memory until their clients have received them."""

RECEIVE_S = 20.0
"""How long a client may take to receive a page."""

DEFAULT_LIMIT = 300
MAX_LIMIT = 1_000
MAX_NUMBER = 2**53 - 1
JSON = "application/json"
NDJSON = "application/x-ndjson"


class _Api(RealtimeHandler, APIHandler):
    """Base of the REST handlers: answers JSON, and errors as JSON with a code."""

    # A list or a notebook that is left open asks from time to time, which is no work: it must not
    # keep an idle server from being stopped. Runs that go on do that themselves.
    _track_activity = False

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
            self.refuse(400, ErrorCode.BAD_FIELD, "a part of the address is not UTF-8", name)

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Answer as Jupyter's own API does."""
        APIHandler.write_error(self, status_code, **kwargs)

    async def reading(self, awaitable: Awaitable[T]) -> T:
        """Return what the hub says, or end the request with the reason why it cannot."""
        try:
            return await awaitable
        except InvalidSprintIdError as error:
            self.refuse(400, ErrorCode.BAD_FIELD, str(error), "sprint_id")
        except StoreError as error:
            self.hub.store_failed(error)
            self.refuse(503, ErrorCode.STORAGE_UNAVAILABLE, error.reason)

    def refuse(self, status: int, code: str, message: str, field: str | None = None) -> NoReturn:
        """End the request with an error body. It is the client's mistake, so nothing is logged."""
        self.set_status(status)
        raise web.Finish(to_json({"code": code, "message": message, "field": field}))

    async def send(self, page: bytes, content_type: str = JSON) -> None:
        """Answer with a page, and wait until the client has received it.

        A client that receives it too slowly is disconnected: others wait for their pages.
        """
        try:
            async with asyncio.timeout(RECEIVE_S):
                await self.finish(page, set_content_type=content_type)
        except TimeoutError:
            cast("HTTP1Connection", self.request.connection).close()
        except StreamClosedError:
            pass  # the client left

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a query argument that is a number."""
        given = self.get_query_argument(name, str(default))
        digits = len(str(MAX_NUMBER))
        is_number = given.isascii() and given.isdecimal() and len(given) <= digits
        if not is_number or not least <= int(given) <= most:
            words = f"{name} is a number from {least:,} to {most:,}"
            self.refuse(400, ErrorCode.BAD_FIELD, words, name)
        return int(given)


class Health(_Api):
    """`GET health`: whether the extension works, and with which store."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with versions and counts."""
        await self.extension.started()
        self.finish(
            to_json(
                {
                    "status": "ok",
                    "version": version("realtime-widgets"),
                    "protocol": [PROTOCOL_VERSION],
                    "store": self.hub.store.name,
                    "kept_in_memory_because": self.hub.kept_in_memory_because,
                    "trouble": self.hub.storage_status,
                    "channels": len(self.hub.channels),
                    "connections": len(self.hub.connections),
                }
            )
        )


class Sprints(_Api):
    """`GET sprints`: a page of the states of all runs, the newest first."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page."""
        await self.extension.started()
        before = self.number("before", MAX_NUMBER, least=0, most=MAX_NUMBER)
        limit = self.number("limit", MAX_LIMIT, least=1, most=MAX_LIMIT)
        may_look = not isinstance(self.current_user, Program)
        for resource in ("sessions", "contents"):
            may_look = may_look and await self.may("read", resource)
        async with self.extension.pages:
            page = await self.reading(self.hub.page_of_runs(before=before, limit=limit))
            states = b",".join(page.states)
            notebooks = await self.extension.notebooks.moved(page.origins) if may_look else {}
            await self.send(
                b'{"sprints":[%b],"next":%b,"kept_in_memory_because":%b,"notebooks":%b}'
                % (states, *map(to_json, (page.next, self.hub.kept_in_memory_because, notebooks)))
            )


class Sprint(_Api):
    """`GET sprints/{id}`: the state of one run; `DELETE`: the end of it."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with the state, or 404."""
        await self.extension.started()
        self.finish(to_json(await self._state(sprint_id)))

    @web.authenticated
    @authorized
    async def delete(self, sprint_id: str) -> None:
        """Remove the run with all of its events, where nobody goes on with it."""
        await self.extension.started()
        await self._state(sprint_id)
        # From the answer of `_state` to the beginning of `forget` nothing is awaited.
        if self.hub.is_active(sprint_id):
            self.refuse(409, "still_running", f"{sprint_id!r} is still being published")
        await self.reading(self.hub.remove(sprint_id))
        self.set_status(204)
        self.finish()

    async def _state(self, sprint_id: str) -> RunState:
        state = await self.reading(self.hub.state(sprint_id))
        if state is None:
            self.refuse(404, "unknown_sprint", f"nothing was published to {sprint_id!r}")
        return state


class SprintEvents(_Api):
    """`GET sprints/{id}/events`: a page of a run's history."""

    open_to_programs = frozenset({"GET"})

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with flat events, as JSON or, where the client asks for it, as NDJSON."""
        await self.extension.started()
        start = "before" if "before" in self.request.query_arguments else "after"
        if {"after", "before"} <= self.request.query_arguments.keys():
            self.refuse(400, ErrorCode.BAD_FIELD, "give `after` or `before`, not both", "before")
        number = self.number(start, 0, least=0, most=MAX_NUMBER)
        limit = self.number("limit", DEFAULT_LIMIT, least=0, most=MAX_LIMIT)
        async with self.extension.pages:
            page = await self.reading(self.hub.page(sprint_id, limit=limit, **{start: number}))
            if page.next is not None:
                # Also where the body has no place for it; relative, as a proxy may be in between.
                self.set_header("Link", f'<?{start}={page.next}&limit={limit}>; rel="next"')
            if NDJSON in self.request.headers.get("Accept", ""):
                await self.send(b"".join([event + b"\n" for event in page.events]), NDJSON)
                return
            is_unknown = page.bounds.epoch is None
            similar = await self.reading(self.hub.similar(sprint_id)) if is_unknown else None
            await self.send(_body(page, similar))

    def compute_etag(self) -> None:
        """Make none: it costs a pass over the whole page, and nobody asks for one twice."""


def _body(page: Page, similar: list[str] | None) -> bytes:
    bounds = page.bounds
    return b'{"epoch":%b,"first":%d,"head":%d,"next":%b,"events":[%b]%b}' % (
        to_json(bounds.epoch),
        bounds.first,
        bounds.head,
        to_json(page.next),
        b",".join(page.events),
        b"" if similar is None else b',"similar":%b' % to_json(similar),
    )


class SprintTicket(_Api):
    """`POST sprints/{id}/ticket`: a one-time ticket for `hello` (protocol 3.1)."""

    @web.authenticated
    @authorized("read")  # type: ignore[untyped-decorator]  # with an argument it has no types
    async def post(self, sprint_id: str) -> None:
        """Answer with a ticket for this user; reading is enough, writing is checked later."""
        try:
            check_sprint_id(sprint_id)
        except InvalidSprintIdError as error:
            self.refuse(400, ErrorCode.BAD_FIELD, str(error), "sprint_id")
        ticket = self.extension.tickets.issue(self.current_user.username, sprint_id)
        self.set_header("Cache-Control", "no-store")
        self.finish(to_json({"ticket": ticket}))
