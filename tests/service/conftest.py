"""A service with its runs in memory, and the way in which coroutines run as tests."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from realtime_widgets.hub import RetentionPolicy
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.service import Admission, Service, Storage
from tests.hub.conftest import pytest_pyfunc_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["pytest_pyfunc_call", "serving"]


@contextlib.asynccontextmanager
async def serving(storage: Storage | None = None) -> AsyncIterator[Service]:
    """A started service."""
    service = Service(
        storage or Storage(None),
        limits=Limits(),
        retention=RetentionPolicy(),
        admission=Admission(max_total=10, max_per_user=10, max_per_sprint=10),
    )
    await service.started()
    try:
        yield service
    finally:
        await service.stop()
