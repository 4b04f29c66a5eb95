"""Registers an event with Jupyter Server's own bus, so that it can be posted and subscribed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

SCHEMA_ID = "https://example.org/benchmark"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "benchmarks.peers.jupyter_events_schema"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    server.event_logger.register_event_schema(
        {
            "$id": SCHEMA_ID,
            "version": "1",
            "title": "An event",
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "message": {"type": "string"},
                "level": {"type": "string"},
                "time": {"type": "number"},
                "events": {"type": "array"},
            },
        }
    )
