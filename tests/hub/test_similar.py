"""Which names are proposed for one that no run has."""

from __future__ import annotations

import pytest

from realtime_widgets.hub.similar import most_similar
from realtime_widgets.protocol.messages import MAX_SIMILAR

from .fakes import FakeStore, publisher, running, viewer


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("nightly-evla", ["other", "nightly-eval"], ["nightly-eval"]),
        ("tset", ["test", "deploy"], ["test"]),
        ("nightly", ["nightly-2", "Nightly"], ["Nightly", "nightly-2"]),
        ("Nightly-Evla", ["nightly-eval"], ["nightly-eval"]),
        ("run", ["something-else"], []),
        ("run", ["run"], []),
        ("run", ["run\n", "r\u202eun"], []),
        ("run", [], []),
    ],
)
def test_the_nearest_comes_first(name: str, names: list[str], expected: list[str]) -> None:
    assert most_similar(name, names) == expected


def test_there_are_few_of_many() -> None:
    assert len(most_similar("run-x", [f"run-{number}" for number in range(300)])) == MAX_SIMILAR


async def test_a_viewer_of_an_unknown_run_gets_the_names_of_others() -> None:
    async with running() as hub:
        sender = await publisher(hub, "nightly-eval")
        await sender.publish(1, "a")

        mistaken = await viewer(hub, "nightly-evla")
        right = await viewer(hub, "nightly-eval")

    assert mistaken.of_type("welcome")[0]["similar"] == ["nightly-eval"]
    assert right.of_type("welcome")[0]["similar"] == []


async def test_a_publisher_gets_no_names() -> None:
    async with running() as hub:
        await (await publisher(hub, "nightly-eval")).publish(1, "a")

        other = await publisher(hub, "nightly-evla")

    assert other.of_type("welcome")[0]["similar"] == []


async def test_names_are_looked_for_once_for_many_viewers_of_a_run() -> None:
    class CountingStore(FakeStore):
        looked = 0

        async def names_near(self, name: str, limit: int) -> list[str]:
            self.looked += 1
            return await super().names_near(name, limit)

    store = CountingStore()
    async with running(store) as hub:
        for _ in range(5):
            await viewer(hub, "nightly-evla")

    assert store.looked == 1


async def test_clients_get_the_reason_why_runs_end_with_the_server() -> None:
    why = "another server uses the file"
    async with running(kept_in_memory_because=why) as hub:
        client = await viewer(hub)

    assert client.of_type("welcome")[0]["kept_in_memory_because"] == why
