"""The connected clients of a hub, and fencing of publishers that connect twice (protocol 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from realtime_widgets.protocol.codes import CloseCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.protocol.events import Event
    from realtime_widgets.protocol.messages import Trouble

__all__ = ["Client", "Registry"]


class Client(Protocol):
    """A connection, as far as the other parts of the hub use it."""

    id: str

    @property
    def sprint_id(self) -> str | None:
        """The run that it is connected to; None for a client of the index."""

    @property
    def publisher_id(self) -> str | None:
        """The publisher id from its `hello`; None for viewers and in the plain mode."""

    @property
    def has_published(self) -> bool:
        """Whether it has sent events."""

    def tick(self, now: float) -> None:
        """Act on deadlines that have passed at `now`, in monotonic seconds."""

    def extend_deadlines(self, seconds: float, *, now: float) -> None:
        """Shift its deadlines after the server was suspended for so long."""

    def report_storage(self, status: Trouble) -> None:
        """Send the storage status, if it is a viewer."""

    def direct(self, event: Event) -> None:
        """Send an event to this client only."""

    def close(self, code: CloseCode) -> None:
        """Close the connection."""


class Registry:
    """The clients of one hub."""

    def __init__(self) -> None:
        self.connections: dict[str, Client] = {}
        """By id."""

        self._publishers: dict[tuple[str, str], Client] = {}
        """By sprint id and publisher id."""

    def __iter__(self) -> Iterator[Client]:
        """Iterate over a copy: closing a client may remove it."""
        return iter(tuple(self.connections.values()))

    def add(self, client: Client) -> None:
        """Add a client that has connected."""
        self.connections[client.id] = client

    def remove(self, client: Client) -> None:
        """Remove a client that has disconnected. Safe to call twice."""
        self.connections.pop(client.id, None)
        if client.publisher_id is None or client.sprint_id is None:
            return
        key = client.sprint_id, client.publisher_id
        if self._publishers.get(key) is client:
            del self._publishers[key]

    def fence(self, client: Client) -> None:
        """Close an older connection that publishes to the same run with the same publisher id."""
        if client.publisher_id is None or client.sprint_id is None:
            return
        key = client.sprint_id, client.publisher_id
        older = self._publishers.get(key)
        if older is not None and older is not client:
            older.close(CloseCode.FENCED)
        self._publishers[key] = client

    def close(self, code: CloseCode, sprint_id: str | None = None) -> None:
        """Close the connections to a run, or all connections if `sprint_id` is None."""
        for client in self:
            if sprint_id in {None, client.sprint_id}:
                client.close(code)

    def report_storage(self, status: Trouble) -> None:
        """Send the storage status to all viewers."""
        for client in self:
            client.report_storage(status)

    def sprint_ids(self) -> set[str]:
        """Return the runs that a client is connected to."""
        ids = {client.sprint_id for client in self.connections.values()}
        return {sprint_id for sprint_id in ids if sprint_id is not None}

    def is_published(self, sprint_id: str) -> bool:
        """Whether a client that is connected to the run has sent events."""
        return any(
            client.has_published
            for client in self.connections.values()
            if client.sprint_id == sprint_id
        )
