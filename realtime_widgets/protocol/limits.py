"""The limits of the protocol with their defaults (docs/protocol.md 4.1, 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass

from realtime_widgets.settings import setting

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server accepts; `welcome` sends clients those that concern them."""

    # Tornado's own default of 10 MiB is more than any batch needs.
    message_bytes: int = setting(
        1024 * 1024,
        "Maximum size of an inbound WebSocket message, in bytes (protocol 7).",
        least=1_024,
    )
    event_bytes: int = setting(
        256 * 1024, "Maximum size of an event, in bytes of JSON (protocol 4.1).", least=1_024
    )
    batch_events: int = setting(
        200, "Maximum number of events in one message of a publisher (protocol 6.1).", least=1
    )
    # With its envelope a message stays below 64 KiB, at which some proxies cut.
    batch_bytes: int = setting(
        64_000,
        "Target size of batched messages in both directions, in bytes (protocol 5.1).",
        least=1_024,
    )
    # Enough for the next to be checked while some are being committed: with 5 one publisher gets a
    # quarter fewer events a second stored (benchmarks, `publish`).
    window: int = setting(
        10, "Maximum number of unacknowledged messages of a publisher (protocol 6.1).", least=1
    )
    hello_s: float = setting(
        10.0, "Time-out for a client's first message, in seconds (protocol 3.2).", least=0.1
    )
    ping_s: float = setting(
        25.0,
        "Seconds without a message after which the server sends a ping (protocol 7). Must be below "
        "the idle time-out of any proxy in front of the server.",
        least=0.1,
    )
    pong_s: float = setting(
        20.0, "Seconds after the ping until the connection counts as dead (protocol 7).", least=0.1
    )
    stalled_s: float = setting(
        60.0,
        "Seconds after which a viewer that receives nothing is disconnected; it can resume without "
        "loss (protocol 5.5).",
        least=0.1,
    )
    lease_s: float = setting(
        40.0,
        "Seconds without a message from any publisher after which a running run is `lost` "
        "(protocol 6.4). Must be above `ping_s` by the time that a pong may take.",
        least=0.1,
    )
    events_per_second: float = setting(
        0.0,
        "Maximum average rate of events per connection; the publisher queues the rest. 0: no "
        "limit, as acknowledgements already provide back-pressure.",
        least=0.0,
    )
    errors_per_minute: int = setting(
        5,
        "Maximum number of invalid messages per minute before the connection is closed "
        "(protocol 7).",
        least=1,
    )
