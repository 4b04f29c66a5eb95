"""Looks up which Redis is the primary now, at Redis Sentinel."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

from realtime_widgets.errors import StoreUnavailableError
from realtime_widgets.hub.stores.redis.address import shown_place
from realtime_widgets.hub.stores.redis.wire import connect

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.redis.address import Place, RedisAddress

__all__ = ["find_primary"]


async def find_primary(address: RedisAddress, *, timeout_s: float) -> Place:
    """Return where the primary is, from the first Sentinel that has an answer.

    Their order is random, so that one with an old answer is not the first each time.

    Args:
        address: The Sentinels, and the name of the service.
        timeout_s: Seconds for all of them together.

    Raises:
        StoreError: A TLS file cannot be read.
        StoreUnavailableError: No Sentinel has an answer.
    """
    places = address.places
    reasons = []
    for place in random.sample(places, len(places)):
        try:
            async with asyncio.timeout(timeout_s / len(places)):
                primary = await _look_up(address, place)
        except (OSError, TimeoutError, StoreUnavailableError) as error:
            reasons.append(f"{shown_place(place)}: {str(error) or 'no answer'}")
            continue
        if primary is not None:
            return primary[0].decode(), int(primary[1])
        reasons.append(f"{shown_place(place)}: it has no service {address.service!r}")
    raise StoreUnavailableError(f"no Sentinel knows the primary ({'; '.join(reasons)})")


async def _look_up(address: RedisAddress, place: Place) -> Any:
    sentinel = await connect(place, tls=address.tls(), login=address.sentinel_login)
    try:
        return await sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.service)
    finally:
        sentinel.close()
