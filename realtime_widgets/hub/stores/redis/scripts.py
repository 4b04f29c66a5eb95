"""The Lua scripts beside this file, each of which is one atomic step in Redis."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Any

__all__ = ["SCRIPTS", "evalsha"]

_NAMES = (
    "access",
    "append",
    "blobs",
    "channels",
    "follow",
    "heartbeat",
    "look",
    "read",
    "remove",
    "save",
    "trim",
    "used",
    "watching",
)

SCRIPTS = {name: files(__package__).joinpath(f"{name}.lua").read_bytes() for name in _NAMES}
"""By name."""

_SHA = {name: hashlib.sha1(script).hexdigest() for name, script in SCRIPTS.items()}  # noqa: S324 - as Redis names them
"""The names by which Redis has them once they are loaded."""


def evalsha(name: str, keys: list[str], *arguments: Any) -> list[Any]:
    """Return the command that runs a script."""
    return ["EVALSHA", _SHA[name], str(len(keys)), *keys, *arguments]
