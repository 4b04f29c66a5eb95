"""The series of the metrics of a run, as an answer (protocol 10.5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.service.api_error import ApiError, result_of
from realtime_widgets.service.arguments import read_attempt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_widgets.service.service import Service

__all__ = ["get_series"]

SERIES_S = 30.0
"""How long reading the log may take, in seconds."""


async def get_series(
    service: Service, sprint_id: str, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """Return the series of the metrics of an attempt.

    Args:
        service: Where the run is.
        sprint_id: The run.
        arguments: `attempt`, by default the newest.

    Raises:
        ApiError: The argument breaks its rule, the store cannot be read, or it takes too long.
    """
    attempt = read_attempt(arguments)
    try:
        async with asyncio.timeout(SERIES_S):
            return await result_of(service.hub, service.hub.searches.series(sprint_id, attempt))
    except TimeoutError:
        words = f"the log could not be read within {SERIES_S:g} s"
        raise ApiError(503, HttpCode.TOO_SLOW, words) from None
