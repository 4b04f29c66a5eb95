"""The hub: everything of the server that is no web framework.

A transport calls `connect`, feeds the connection what it receives, and calls `disconnect`. The rest
happens in the parts (`parts.py` puts them together), on one event loop:

    connection -> ingest -> appender -> store -> channels -> channel -> cursor -> transport

`registry` has the clients, `health` and `recovery` the state of the store, `server_events`
publishes events of the server itself, and `maintenance` runs `liveness` and `retention` in the
background.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from realtime_widgets.hub.blobs import Blobs
from realtime_widgets.hub.connection import Connection
from realtime_widgets.hub.index_connection import IndexConnection
from realtime_widgets.hub.login import Login
from realtime_widgets.hub.logs import Logs
from realtime_widgets.hub.parts import Tuning, connect_parts, new_heartbeat, schedule
from realtime_widgets.hub.posted_events import store_posted
from realtime_widgets.hub.replies import Replies
from realtime_widgets.hub.retention import RetentionPolicy
from realtime_widgets.hub.runs import Runs
from realtime_widgets.hub.searches import Searches
from realtime_widgets.protocol.codes import CloseCode
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.sessions.plain import PlainSession
from realtime_widgets.protocol.sessions.server import ServerSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from realtime_widgets.errors import StoreError
    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.clock import Clock
    from realtime_widgets.hub.index_messages import FindNotebooks
    from realtime_widgets.hub.leases import FindCause
    from realtime_widgets.hub.login import CheckTicket
    from realtime_widgets.hub.registry import Client
    from realtime_widgets.hub.stores.base import Appended, Store
    from realtime_widgets.hub.transport import Transport
    from realtime_widgets.protocol.messages import Trouble
    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets.protocol.sessions.session import Session

__all__ = ["Hub"]


_TUNING = Tuning()
_ANY = Login()


class Hub:
    """Channels and connections of one process.

    Args:
        store: Where the logs are stored; the hub opens and closes it.
        limits: What it accepts.
        retention: How much it keeps of all runs together.
        kept_in_memory_because: Why runs end with this process, for viewers; None where they outlive
            it, or where the viewers know.
        on_status: Called with the state of a run when its status or its attempt has changed.
        clock: The time.
        tuning: Sizes and intervals.
    """

    def __init__(  # noqa: PLR0913 - most of them by name
        self,
        store: Store,
        *,
        limits: Limits | None = None,
        retention: RetentionPolicy | None = None,
        kept_in_memory_because: str | None = None,
        on_status: Callable[[RunState], None] = lambda _: None,
        clock: Clock = time,
        tuning: Tuning = _TUNING,
    ) -> None:
        self.store: Final = store
        self.limits: Final = limits or Limits()
        self.kept_in_memory_because: Final = kept_in_memory_because
        self._parts = connect_parts(
            store,
            self.limits,
            clock,
            tuning,
            kept_in_memory_because=kept_in_memory_because,
            on_status=on_status,
        )
        policy = retention or RetentionPolicy()
        self.blobs: Final = Blobs(store, policy.size_bytes)
        self.runs: Final = Runs(self._parts.channels, self._parts.index, self._parts.similar)
        self.searches: Final = Searches(store, self._parts.channels, clock)
        self.logs: Final = Logs(store, self.searches)
        self.replies: Final = Replies(self._parts.channels, self._parts.server_events)
        self._heartbeat = new_heartbeat(self._parts)
        self._maintenance = schedule(self._parts, policy, tuning, self._heartbeat)

    async def start(self) -> None:
        """Open the store and start the background tasks.

        Raises:
            StoreError: The store cannot be opened; nothing was started.
        """
        channels = self._parts.channels
        await self.store.open(channels.on_commit, channels.on_reset)
        self._maintenance.start()

    async def stop(self) -> None:
        """Close all connections as going away, finish what was appended, close the store."""
        await self._maintenance.stop()
        self.searches.close()
        self._parts.registry.close(CloseCode.GOING_AWAY)
        await self._parts.channels.close()
        await self.store.close()

    # Connections.

    @property
    def connections(self) -> dict[str, Client]:
        """The connections by id."""
        return self._parts.registry.connections

    def connect(
        self,
        sprint_id: str,
        transport: Transport,
        *,
        login: Login = _ANY,
        check_ticket: CheckTicket | None = None,
        find_cause: FindCause | None = None,
    ) -> Connection:
        """Add a client of the subprotocol `realtime-widgets.v1`.

        Args:
            sprint_id: The run that it named when it connected.
            transport: Where it is written to.
            login: Its user; until the ticket is redeemed, where it needs one.
            check_ticket: Redeems the ticket of `hello`; None where the login is proved without.
            find_cause: Finds out why the client's process ended, after the connection has ended;
                None where that cannot be known.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = ServerSession(
            check_sprint_id(sprint_id),
            may_publish=login.may_publish,
            limits=self.limits,
            now=self._parts.clock.monotonic(),
        )
        return self._add(session, transport, login, check_ticket, find_cause)

    async def connect_plain(
        self,
        sprint_id: str,
        transport: Transport,
        *,
        login: Login = _ANY,
        since: int = 0,
        find_cause: FindCause | None = None,
    ) -> Connection:
        """Add a client of the plain mode (protocol 9); events after `since` follow at once.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
        """
        session = PlainSession(
            check_sprint_id(sprint_id),
            may_publish=login.may_publish,
            limits=self.limits,
            since=since,
        )
        connection = self._add(session, transport, login, None, find_cause)
        try:
            opening = connection.carry_out()
            if opening is not None:
                await opening
        except BaseException:
            self.disconnect(connection)
            raise
        return connection

    def _add(
        self,
        session: Session,
        transport: Transport,
        login: Login,
        check_ticket: CheckTicket | None,
        find_cause: FindCause | None,
    ) -> Connection:
        connection = Connection(
            self._parts,
            session,
            transport,
            login=login,
            check_ticket=check_ticket,
            find_cause=find_cause,
        )
        self._parts.registry.add(connection)
        return connection

    def connect_index(
        self,
        transport: Transport,
        *,
        login: Login = _ANY,
        check_ticket: CheckTicket | None = None,
        find_notebooks: FindNotebooks | None = None,
    ) -> IndexConnection:
        """Add a client that is sent which runs change (protocol 12).

        Args:
            transport: Where it is written to.
            login: Its user; until the ticket is redeemed, where it needs one.
            check_ticket: Redeems the ticket of `hello`; None where the login is proved without.
            find_notebooks: Finds notebooks that were moved, for a user who may know where they are;
                the same for all of them.
        """
        connection = IndexConnection(
            self._parts,
            transport,
            login=login,
            check_ticket=check_ticket,
            find_notebooks=find_notebooks,
        )
        self._parts.registry.add(connection)
        return connection

    def disconnect(self, connection: Connection | IndexConnection) -> None:
        """Remove a client whose transport is closed. Safe to call twice."""
        connection.gone()
        self._parts.registry.remove(connection)

    # Events of the server itself.

    async def broadcast(
        self, sprint_id: str, event: dict[str, JsonValue], *, user: str | None = None
    ) -> int:
        """Store an event of the server itself, then send it to all viewers of the run.

        Args:
            sprint_id: The run.
            event: The event.
            user: The user that is shown as its publisher.

        Returns:
            Its seq.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            InvalidEventError: The event breaks protocol 4.
            StoreUnavailableError: It was not stored.
        """
        seq = await self._parts.server_events.broadcast(sprint_id, event, user=user)
        assert seq is not None, "nothing cancels it"  # noqa: S101 - narrows the type
        return seq

    async def post(
        self, sprint_id: str, events: bytes, publisher_id: str | None, user: str | None
    ) -> tuple[Appended, int]:
        """Store the events of one request, all or none; see `store_posted`."""
        return await store_posted(
            self._parts, sprint_id, events, publisher_id=publisher_id, user=user
        )

    async def send(self, connection_id: str, event: dict[str, JsonValue]) -> None:
        """Send an event to one connection only; it is not stored.

        Raises:
            InvalidEventError: The event breaks protocol 4.
            KeyError: No such connection is open.
        """
        await self._parts.server_events.send(connection_id, event)

    # Storage.

    @property
    def storage_status(self) -> Trouble | None:
        """Why new events cannot be stored (protocol 5.6); None while they can."""
        return self._parts.health.status

    def store_failed(self, error: StoreError) -> None:
        """Note that a call to the store failed; a damaged store is re-created."""
        self._parts.health.failed(error)

    # Runs.

    @property
    def channels(self) -> dict[str, Channel]:
        """The channels in memory, by name."""
        return self._parts.channels.in_memory

    async def open_channel(self, name: str) -> Channel:
        """Return a channel, read from the store if it is not in memory.

        Raises:
            StoreError: It cannot be read.
        """
        return await self._parts.channels.open(name)

    async def state(self, sprint_id: str) -> RunState | None:
        """Return the state of a run, None for one that nothing was published to.

        Raises:
            InvalidSprintIdError: The id breaks protocol 1.1.
            StoreError: It cannot be read.
        """
        return await self._parts.channels.state(check_sprint_id(sprint_id))

    async def remove(self, sprint_id: str) -> None:
        """Remove a run with all its events; its viewers reconnect and get a reset.

        Raises:
            StoreError: The store cannot remove it.
        """
        await self._parts.channels.remove(sprint_id)

    async def refresh_leases(self) -> None:
        """Read which publishers are connected to other servers that share the store.

        Raises:
            StoreError: The store cannot be reached.
        """
        if self._heartbeat is not None:
            await self._heartbeat.run()

    def is_active(self, sprint_id: str) -> bool:
        """Whether a publisher of a run is connected or expected to return."""
        return self._parts.liveness.is_active(sprint_id)

    def has_held_run(self, max_age_s: float) -> bool:
        """Whether a publisher of an active run is connected.

        Args:
            max_age_s: Most seconds since the run was started for it to count.
        """
        return self._parts.liveness.has_held_run(max_age_s)
