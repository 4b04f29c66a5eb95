"""Channels, connections and stores; asyncio, and no web framework."""

from realtime_widgets.hub.connection import Connection, Transport
from realtime_widgets.hub.hub import Hub
from realtime_widgets.hub.retention import Keep
from realtime_widgets.hub.stores.base import Retention, Store
from realtime_widgets.hub.stores.memory import MemoryStore
from realtime_widgets.hub.stores.sqlite.store import SQLiteStore

__all__ = [
    "Connection",
    "Hub",
    "Keep",
    "MemoryStore",
    "Retention",
    "SQLiteStore",
    "Store",
    "Transport",
]
