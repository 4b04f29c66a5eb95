"""Fixtures of the tests of drop-ins: a run in the hub of the test's process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets import Sprint
from tests.hidden_servers import hide_servers
from tests.kernel import running_kernel
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel import Kernel


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_servers(monkeypatch)
    monkeypatch.setattr(Sprint.flush, "__defaults__", (PATIENCE_S,))


@pytest.fixture
def sprint(request: pytest.FixtureRequest) -> Sprint:
    """A run of this test alone."""
    return Sprint(request.node.name.split("[")[0].replace("_", "-")[:64])


@pytest.fixture(scope="session")
def kernel() -> Iterator[Kernel]:
    yield from running_kernel()
