"""How much memory an ASGI application takes for the worst request of each route.

The requests and what they may take are those of a Jupyter server (`tests/server/test_memory.py`).
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub import SQLiteStore
from tests import memory_meter
from tests.environment import free_port
from tests.hosts.served import Served
from tests.server.test_memory import AT_ONCE, METERED, WARM_UP, Metered, ask, fill, peak_mib
from tests.serving import Jupyter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not memory_meter.IS_SUPPORTED, reason="needs /proc"),
]

SERVICE = """
from pathlib import Path
from realtime_widgets.asgi import RealtimeApp, open_to_all
app = RealtimeApp(store=Path("runs.db"), authenticate=open_to_all)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder = tmp_path_factory.mktemp("metered")
    (folder / "service.py").write_text(SERVICE)

    async def prepare() -> None:
        store = SQLiteStore(folder / "runs.db", durability="normal")
        await store.open(lambda *_: None, lambda _: None)
        await fill(store)
        await store.close()

    asyncio.run(prepare())
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port)]
    with Served(command, folder, f"{url}realtime/api/health") as served:
        server = Jupyter(folder, {"url": url, "token": "any", "pid": served.pid})
        for path in WARM_UP:
            ask(server, Metered("", path, 0, 0))
        yield server


@pytest.mark.parametrize(
    "metered",
    [pytest.param(each, id=f"{each.method} {each.path} {each.accept}") for each in METERED],
)
def test_h2_the_worst_request_of_a_route_takes_little_memory_alone_and_many_at_once(
    server: Jupyter, metered: Metered, record_property: Callable[[str, object], None]
) -> None:
    one = peak_mib(server, metered, at_once=1)
    many = peak_mib(server, metered, at_once=AT_ONCE)
    record_property("mib", (one, many))

    assert one < metered.one_mib
    assert many < metered.many_mib
