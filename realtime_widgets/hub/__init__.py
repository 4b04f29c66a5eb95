"""Channels, connections and stores; asyncio, and no web framework."""

from realtime_widgets.hub.connection import Connection
from realtime_widgets.hub.hub import Hub
from realtime_widgets.hub.login import Login
from realtime_widgets.hub.retention import RetentionPolicy
from realtime_widgets.hub.stores.base import Store
from realtime_widgets.hub.stores.memory import MemoryStore
from realtime_widgets.hub.stores.run_retention import RunRetention
from realtime_widgets.hub.stores.sqlite.store import SQLiteStore
from realtime_widgets.hub.transport import Transport

__all__ = [
    "Connection",
    "Hub",
    "Login",
    "MemoryStore",
    "RetentionPolicy",
    "RunRetention",
    "SQLiteStore",
    "Store",
    "Transport",
]
