"""The limits of the protocol with their defaults (docs/protocol.md 4.1, 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server accepts; `welcome` sends clients those that concern them."""

    message_bytes: int = 1024 * 1024
    """Largest inbound message. Tornado's own default of 10 MiB is more than any batch needs."""

    event_bytes: int = 256 * 1024
    """Largest event as JSON."""

    batch_events: int = 200
    """Most events in one `publish`."""

    batch_bytes: int = 64_000
    """Aim for the size of one `publish` and of one `events` message.

    With its envelope a message stays below 64 KiB, at which some proxies cut.
    """

    window: int = 10
    """Most `publish` messages that a publisher may have unacknowledged.

    Enough for the next to be checked while some are being committed: with 5 one publisher gets a
    quarter fewer events a second stored (benchmarks, `publish`).
    """

    hello_s: float = 10.0
    """Time for the first message."""

    ping_s: float = 25.0
    """Silence after which a ping is sent."""

    pong_s: float = 20.0
    """Further silence after which the connection is closed."""

    stalled_s: float = 60.0
    """Time after which a viewer whose socket takes nothing is closed (protocol 5.5)."""

    lease_s: float = 40.0
    """Time without a message from any publisher of a run after which it is `lost` (protocol 6.4).

    Above `ping_s` by the time that an answer may take.
    """

    events_per_second: float = 0.0
    """Most events a second from one connection on average; 0 for no cap, as acks limit the rate."""

    errors_per_minute: int = 5
    """Unusable messages within a minute after which the connection is closed."""
