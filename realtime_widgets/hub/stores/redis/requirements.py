"""What a Redis has to be: a primary, new enough, no cluster, and with runs that can be read."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError, StoreFullError, StoreUnavailableError

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.redis.wire import Wire

__all__ = ["expect_usable"]

OLDEST_VERSION = 7

FORMAT = b"1"
"""Of keys, scripts and pushes; servers with another one cannot share runs with this one."""


async def expect_usable(wire: Wire, prefix: str) -> None:
    """Check a new connection, and note the format of the runs where there are none yet.

    Raises:
        StoreUnavailableError: It is a replica now.
        StoreError: It is too old, a cluster, or has runs of another format.
    """
    role = await wire.command("ROLE")
    if role[0] != b"master":
        raise StoreUnavailableError("it is a replica, which cannot be written to")
    info = (await wire.command("INFO", "server")).decode()
    version = re.search(r"redis_version:((\d+)\S*)", info)
    if version is None or int(version[2]) < OLDEST_VERSION:
        found = version[1] if version else "unknown"
        raise StoreError(
            f"Redis is too old: its version is {found}, and 7.0 or newer, or Valkey, is necessary"
        )
    if "cluster_enabled:1" in (await wire.command("INFO", "cluster")).decode():
        raise StoreError("Redis Cluster is not supported: give the address of one primary")
    await _expect_format(wire, f"{prefix}:format")


async def _expect_format(wire: Wire, key: str) -> None:
    found = await wire.command("GET", key)
    if found is None:
        with contextlib.suppress(StoreFullError):  # at the next connection
            await wire.command("SET", key, FORMAT, "NX")
    elif found != FORMAT:
        raise StoreError(
            f"the runs in Redis have the format {found[:20].decode(errors='replace')!r}, and this "
            f"version of realtime-widgets has {FORMAT.decode()!r}: use the same version on all "
            "servers, or another redis_prefix"
        )
