"""The questions, each a module with `ask(effort)`; in the order of how much they say."""

NAMES = (
    "fanout",
    "asgi",
    "publish",
    "call",
    "metrics",
    "reconnect",
    "servers",
    "latency",
    "growth",
    "wire",
    "search",
    "browser",
    "agents",
    "idle",
    "start",
    "slow",
    "notebook",
)
