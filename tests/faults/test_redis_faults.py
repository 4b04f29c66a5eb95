"""Two real Jupyter servers on one Redis: a run is whole at both, though one of them is killed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime_widgets import Sprint, follow
from tests.redis_server import shared_server
from tests.waiting import PATIENCE_S

from .server import Server

if TYPE_CHECKING:
    from pathlib import Path


def address_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/?token={server.token}"


def lines_of(server: Server) -> list[tuple[int, str]]:
    """Read a run to its end, with the number of each line."""
    events = follow("nightly", until_end=True, timeout=PATIENCE_S, server=address_of(server))
    return [(event.seq, event.message) for event in events if event.type == "log"]


async def test_a_run_at_one_jupyter_server_is_whole_at_another_though_its_own_is_killed(
    tmp_path: Path,
) -> None:
    redis = {"store": "redis", "redis_url": shared_server("redis").url, "redis_prefix": "jupyter"}
    publishing = Server(tmp_path / "one", settings=redis)
    watching = Server(tmp_path / "two", settings=redis)
    async with publishing, watching:
        reading = asyncio.create_task(asyncio.to_thread(lines_of, watching))
        with Sprint("nightly", server=address_of(publishing)) as sprint:
            sprint.log("before")
            await until_head(watching, 2)
            await publishing.kill()
            sprint.log("meanwhile")
            await publishing.start()
            await until_head(watching, 3)

        lines = await reading
        health = await watching.get("health")

        assert [text for _, text in lines] == ["before", "meanwhile"]
        assert len({seq for seq, _ in lines}) == 2
        assert lines == await asyncio.to_thread(lines_of, publishing)
        assert (health["store"], health["shared"]["durability"]) == ("redis", "none")


async def until_head(server: Server, head: int) -> None:
    """Wait until a server has so many events of the run."""
    while (await server.get("sprints/nightly/position"))["head"] < head:  # noqa: ASYNC110 - as REST has no event
        await asyncio.sleep(0.05)
