"""The REST routes (protocol 10)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NoReturn

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from pydantic_core import to_json
from tornado import web

from realtime_widgets.errors import InvalidSprintIdError, StoreError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.messages import PROTOCOL_VERSION
from realtime_widgets_server.identity import RealtimeHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from typing import TypeVar

    from realtime_widgets.protocol.state import RunState

    T = TypeVar("T")

__all__ = ["Health", "Sprint", "SprintEvents", "SprintTicket", "Sprints"]

DEFAULT_LIMIT = 300
MAX_LIMIT = 1_000
MAX_SEQ = 2**53 - 1
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

    async def reading(self, awaitable: Awaitable[T]) -> T:
        """Return what the hub says, or end the request with the reason why it cannot."""
        try:
            return await awaitable
        except InvalidSprintIdError as error:
            self.refuse(400, ErrorCode.BAD_FIELD, str(error), "sprint_id")
        except StoreError as error:
            self.hub.store_failed(error)
            self.refuse(503, ErrorCode.STORAGE_UNAVAILABLE, str(error))

    def refuse(self, status: int, code: str, message: str, field: str | None = None) -> NoReturn:
        """End the request with an error body. It is the client's mistake, so nothing is logged."""
        self.set_status(status)
        raise web.Finish(to_json({"code": code, "message": message, "field": field}))

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return a query argument that is a number."""
        given = self.get_query_argument(name, str(default))
        digits = len(str(MAX_SEQ))
        is_number = given.isascii() and given.isdecimal() and len(given) <= digits
        if not is_number or not least <= int(given) <= most:
            words = f"{name} is a number from {least:,} to {most:,}"
            self.refuse(400, ErrorCode.BAD_FIELD, words, name)
        return int(given)


class Health(_Api):
    """`GET health`: whether the extension works, and with which store."""

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
                    "kept_in_memory_because": self.extension.kept_in_memory_because,
                    "trouble": self.hub.trouble,
                    "channels": len(self.hub.channels),
                    "connections": len(self.hub.connections),
                }
            )
        )


class Sprints(_Api):
    """`GET sprints`: the states of all runs, the newest first."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the list."""
        await self.extension.started()
        states = await self.reading(self.hub.states())
        self.finish(to_json({"sprints": states}))


class Sprint(_Api):
    """`GET sprints/{id}`: the state of one run; `DELETE`: the end of it."""

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
        if self.hub.goes_on(sprint_id):
            self.refuse(409, "still_running", f"{sprint_id!r} is still being published")
        await self.reading(self.hub.forget(sprint_id))
        self.set_status(204)
        self.finish()

    async def _state(self, sprint_id: str) -> RunState:
        state = await self.reading(self.hub.state(sprint_id))
        if state is None:
            self.refuse(404, "unknown_sprint", f"nothing was published to {sprint_id!r}")
        return state


class SprintEvents(_Api):
    """`GET sprints/{id}/events`: a page of a run's history."""

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with flat events, as JSON or, where the client asks for it, as NDJSON."""
        await self.extension.started()
        after = self.number("after", 0, least=0, most=MAX_SEQ)
        limit = self.number("limit", DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        page = self.hub.page(sprint_id, after=after, limit=limit)
        bounds, events = await self.reading(page)
        if NDJSON in self.request.headers.get("Accept", ""):
            lines = b"".join(to_json(event) + b"\n" for event in events)
            self.finish(lines, set_content_type=NDJSON)
            return
        body: dict[str, Any] = {
            "epoch": bounds.epoch,
            "first": bounds.first,
            "head": bounds.head,
            "events": events,
        }
        self.finish(to_json(body))


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
