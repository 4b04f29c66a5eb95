"""The questions, each a module with `ask(effort)`; the most important first."""

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
