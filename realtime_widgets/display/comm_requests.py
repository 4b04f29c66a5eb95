"""Answers what pages request over a comm: history, searches, series, blobs (protocol 11.4).

Everything runs in the event loop of the runtime; the log is read in threads beside it.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.target import MAX_SEQ, PAGE_EVENTS
from realtime_widgets.client.waiting import in_thread
from realtime_widgets.display.comm_code import PARTS, code_text
from realtime_widgets.display.comm_search import MAX_PAGE_S, search
from realtime_widgets.errors import (
    InvalidEventError,
    InvalidSearchError,
    ServerNotFoundError,
    StoreError,
)
from realtime_widgets.protocol.outputs.blob import SHA256
from realtime_widgets.protocol.search.query import SearchQuery

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from realtime_widgets.client.target import Target

__all__ = ["CommRequests"]

MAX_REQUESTS = 8
"""Most requests of one comm at the same time; one more cancels the oldest."""

MAX_NAME = 64
"""Most characters of the name of a request."""

BLOB_PIECE = 192 * 1024
"""Bytes of a blob in one response: as base64 what a comm joins to one message (protocol 11.1)."""

QUERY_FIELDS = frozenset(field.name for field in fields(SearchQuery))

Content: TypeAlias = dict[str, Any]


class _Arguments(BaseModel):
    """What is read: the arguments of the routes `events`, `search` and `series` (protocol 10).

    Of `blob`, `after` is the number of bytes before the piece.

    Those that are not fields are of the query.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    after: Annotated[int, Field(ge=0, le=MAX_SEQ)] | None = None
    before: Annotated[int, Field(ge=1, le=MAX_SEQ)] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_EVENTS)] = PAGE_EVENTS
    attempt: Annotated[int, Field(ge=1, le=MAX_SEQ)] | None = None
    """Of `series` only."""

    sha256: Annotated[str, Field(pattern=SHA256)] = ""
    """Of `blob` only."""

    @property
    def place(self) -> dict[str, Any]:
        """Where the page begins, as an argument of `Target.page`."""
        return {"after": self.after or 0} if self.before is None else {"before": self.before}

    def query(self) -> SearchQuery | None:
        """Return what is searched, None where every event is wanted.

        Raises:
            InvalidSearchError: It cannot be searched, or an argument is unknown.
        """
        given = self.model_extra or {}
        for name in given:
            if name not in QUERY_FIELDS:
                raise InvalidSearchError(f"`{name[:MAX_NAME]}` is no argument", field=name)
        return SearchQuery(**given) if given else None


class CommRequests:
    """Answers the requests of all pages that show a widget.

    Args:
        target: Server or hub that stores the run.
        sprint_id: The run.
        send: Sends a custom message over the comm.
        start: Starts a task of the comm; it ends with the comm.
    """

    def __init__(
        self,
        target: Target,
        sprint_id: str,
        send: Callable[[Content], None],
        start: Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]],
    ) -> None:
        self._target = target
        self._sprint_id = sprint_id
        self._send = send
        self._start = start
        self._blob = ("", b"")
        """Name and bytes of the one that was read last, of which pages request pieces."""
        self._running: dict[str, asyncio.Task[None]] = {}

    def receive(self, name: str, content: object) -> None:
        """Start, repeat or cancel a request.

        Args:
            name: The name that the page drew for it.
            content: The message of the page; one that is no request is ignored.
        """
        match content:
            case _ if len(name) > MAX_NAME:
                pass
            case {"cancel": True}:
                self._cancel(name)
            case {"events": dict(arguments)}:
                self._begin(name, lambda: self._answer(name, self._read_page, arguments))
            case {"search": dict(arguments)}:
                self._begin(name, lambda: self._answer(name, self._search, arguments))
            case {"reply": dict(event)}:
                self._begin(name, lambda: self._reply(name, event))
            case {"series": dict(arguments)}:
                self._begin(name, lambda: self._answer(name, self._read_series, arguments))
            case {"blob": dict(arguments)}:
                self._begin(name, lambda: self._answer(name, self._read_blob, arguments))
            case {"code": {"name": str(part)}}:
                self._begin(name, lambda: self._send_code(name, part))
            case _:
                pass  # of another version

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if name in self._running:
            return  # sent again, as the first was not answered yet
        if len(self._running) >= MAX_REQUESTS:
            self._cancel(next(iter(self._running)))
        task = self._start(work(), "request over a comm")
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))

    def _cancel(self, name: str) -> None:
        task = self._running.pop(name, None)
        if task is not None:
            task.cancel()

    async def _answer(
        self,
        name: str,
        work: Callable[[str, _Arguments], Coroutine[Any, Any, None]],
        arguments: Content,
    ) -> None:
        try:
            await work(name, _Arguments.model_validate(arguments))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(map(str, first["loc"]))
            self._send({"response": name, "error": f"`{field}`: {first['msg']}"})
        except (InvalidSearchError, ServerNotFoundError) as error:
            self._send({"response": name, "error": str(error)})
        except TimeoutError:
            words = f"the log was not read within {MAX_PAGE_S:.0f} s"
            self._send({"response": name, "error": words})

    async def _read_page(self, name: str, arguments: _Arguments) -> None:
        query = arguments.query()
        page = await in_thread(
            lambda: self._target.page(
                self._sprint_id,
                limit=arguments.limit,
                query=query,
                timeout=MAX_PAGE_S,
                **arguments.place,
            )
        )
        self._send({"response": name, "content": page or {"epoch": None, "events": []}})

    async def _read_series(self, name: str, arguments: _Arguments) -> None:
        series = await in_thread(
            lambda: self._target.series(self._sprint_id, arguments.attempt, timeout=MAX_PAGE_S)
        )
        self._send({"response": name, "content": series or {"epoch": None, "metrics": []}})

    async def _read_blob(self, name: str, arguments: _Arguments) -> None:
        sha256, start = arguments.sha256, arguments.after or 0
        if sha256 != self._blob[0]:
            data = await in_thread(
                lambda: self._target.blob(self._sprint_id, sha256, timeout=MAX_PAGE_S)
            )
            if data is None:
                self._send({"response": name, "content": {"bytes": None}})
                return
            self._blob = sha256, data
        data = self._blob[1]
        piece = b64encode(data[start : start + BLOB_PIECE]).decode()
        self._send({"response": name, "content": {"bytes": len(data), "data": piece}})

    async def _send_code(self, name: str, part: str) -> None:
        if part in PARTS:
            self._send({"response": name, "content": code_text(part)})
        else:
            known = ", ".join(sorted(PARTS))
            self._send({"response": name, "error": f"`name`: give one of {known}"})

    async def _search(self, name: str, arguments: _Arguments) -> None:
        query = arguments.query()
        if query is None:
            raise InvalidSearchError(
                "give a text to search for, a level, a source, or a time", field="text"
            )
        async for progress in search(
            self._target, self._sprint_id, query, arguments.after, arguments.before
        ):
            self._send({"response": name, "content": progress})

    async def _reply(self, name: str, event: Content) -> None:
        """Store an answer of the user; the login for that is on the server, where there is one."""
        if not isinstance(self._target, InProcess):
            words = "this run is on a server: answer on its page there"
            self._send({"response": name, "error": words})
            return
        try:
            seq = await self._target.reply(self._sprint_id, event)
        except (InvalidEventError, StoreError) as error:
            self._send({"response": name, "error": str(error)})
        else:
            self._send({"response": name, "content": {"seq": seq}})
