"""The REST answers (protocol 10) as functions: what a handler sends, or why it refuses.

Every answer has a bound in bytes; the long ones come in pages.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from pydantic_core import to_json

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.messages import PROTOCOL_VERSION
from realtime_widgets.service.api_error import ApiError, bad_sprint_id, result_of, unknown_run
from realtime_widgets.service.arguments import read_limit, read_query, read_start

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from realtime_widgets.hub.login import Visible
    from realtime_widgets.hub.pagination import Page, RunsPage
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.service.service import Service

__all__ = [
    "EventsPage",
    "delete_run",
    "get_events",
    "get_health",
    "get_position",
    "get_run",
    "get_runs",
    "issue_ticket",
    "runs_body",
]


def get_health(service: Service) -> dict[str, Any]:
    """Return versions, counts, and the state of the store."""
    hub = service.hub
    return {
        "status": "ok",
        "version": version("realtime-widgets"),
        "protocol": [PROTOCOL_VERSION],
        "store": hub.store.name,
        "shared": hub.store.shared.describe() if hub.store.shared else None,
        "kept_in_memory_because": hub.kept_in_memory_because,
        "trouble": hub.storage_status,
        "channels": len(hub.channels),
        "connections": len(hub.connections),
    }


async def get_runs(
    service: Service, *, before: int, limit: int, visible: Visible | None = None
) -> RunsPage:
    """Return a page of the states of all runs that the user may read, the newest first.

    Raises:
        ApiError: The store cannot be read.
    """
    page = service.hub.runs.page(before=before, limit=limit, visible=visible)
    return await result_of(service.hub, page)


def runs_body(service: Service, page: RunsPage, notebooks: Mapping[str, str | None]) -> bytes:
    """Return a page of runs as JSON.

    Args:
        service: Where they are.
        page: From `get_runs`.
        notebooks: By run, where its notebook is now; None where it is gone.
    """
    states = b",".join(page.states)
    rest = (page.next, service.hub.kept_in_memory_because, notebooks, page.index)
    return b'{"sprints":[%b],"next":%b,"kept_in_memory_because":%b,"notebooks":%b,"index":%b}' % (
        states,
        *map(to_json, rest),
    )


async def get_run(service: Service, sprint_id: str) -> RunState:
    """Return the state of a run.

    Raises:
        ApiError: Nothing was published to it, or the store cannot be read.
    """
    state = await result_of(service.hub, service.hub.state(sprint_id))
    if state is None:
        raise unknown_run(sprint_id)
    return state


async def delete_run(service: Service, sprint_id: str) -> None:
    """Remove a run with all of its events.

    Raises:
        ApiError: There is none, it is still being published, or the store cannot be written.
    """
    await get_run(service, sprint_id)
    await result_of(service.hub, service.hub.refresh_leases())
    # From the answer above to the call of `remove` nothing is awaited.
    if service.hub.is_active(sprint_id):
        raise ApiError(409, HttpCode.STILL_RUNNING, f"{sprint_id!r} is still being published")
    await result_of(service.hub, service.hub.remove(sprint_id))


async def get_position(
    service: Service, sprint_id: str, *, may_list: bool = True
) -> dict[str, Any]:
    """Return how far the log of a run is: `epoch`, `first` and `head`; no events are read.

    Where nothing was published to it, `epoch` is None, and `similar` has names of other runs, for a
    user who may know them.

    Raises:
        ApiError: The id breaks its rule, or the store cannot be read.
    """
    bounds = await result_of(service.hub, service.hub.logs.position(sprint_id))
    position: dict[str, Any] = {"epoch": bounds.epoch, "first": bounds.first, "head": bounds.head}
    if bounds.epoch is None:
        position["similar"] = await _similar(service, sprint_id) if may_list else []
    return position


async def _similar(service: Service, sprint_id: str) -> list[str]:
    return await result_of(service.hub, service.hub.runs.similar(sprint_id))


class EventsPage(NamedTuple):
    """A page of a run's history."""

    page: Page

    next: str | None
    """The query of the next page, None where this is the last."""

    similar: list[str] | None
    """Names of other runs, where there is no such run; None where there is."""

    is_search: bool = False
    """Whether it has only the events that a search has found."""

    def as_json(self) -> bytes:
        """Return it as one JSON object."""
        page, bounds = self.page, self.page.bounds
        return b'{"epoch":%b,"first":%d,"head":%d,"next":%b,"events":[%b]%b%b}' % (
            to_json(bounds.epoch),
            bounds.first,
            bounds.head,
            to_json(page.next),
            b",".join(page.events),
            b"" if self.similar is None else b',"similar":%b' % to_json(self.similar),
            b',"search":true' if self.is_search else b"",
        )

    def as_ndjson(self) -> bytes:
        """Return its events, one JSON object a line."""
        return b"".join([event + b"\n" for event in self.page.events])


async def get_events(
    service: Service, sprint_id: str, arguments: Mapping[str, str], *, may_list: bool = True
) -> EventsPage:
    """Return a page of a run's history as flat events.

    Args:
        service: Where it is.
        sprint_id: The run.
        arguments: `after` or `before`, `limit`, and what is searched, as in the query.
        may_list: Whether the user may know the names of other runs.

    Raises:
        ApiError: An argument breaks its rule, or the store cannot be read.
    """
    start, limit, query = read_start(arguments), read_limit(arguments), read_query(arguments)
    hub, at = service.hub, {start.name: start.seq}
    page = await result_of(hub, hub.logs.page(sprint_id, limit=limit, query=query, **at))
    similar = None
    if page.bounds.epoch is None:
        similar = await _similar(service, sprint_id) if may_list else []
    following = None
    if page.next is not None:
        found = query.as_arguments() if query else {}
        following = urlencode({start.name: page.next, "limit": limit, **found})
    return EventsPage(page, following, similar, is_search=query is not None)


async def issue_ticket(
    service: Service, bearer: object, sprint_id: str | None, *, holder: Hashable = None
) -> dict[str, str]:
    """Return a one-time ticket for `hello` (protocol 3.1).

    Args:
        service: Where it is redeemed.
        bearer: What the server has to know of the user when it is redeemed.
        sprint_id: The run; None for the index channel (protocol 12).
        holder: The user for whom it is counted.

    Raises:
        ApiError: There can be no such run.
    """
    if sprint_id is not None:
        try:
            check_sprint_id(sprint_id)
        except InvalidSprintIdError as error:
            raise bad_sprint_id(error) from None
    return {"ticket": await service.tickets.issue(bearer, sprint_id, holder=holder)}
