"""Search: what does a look into a million lines cost, and does it block the event loop?"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from pydantic_core import to_json

from benchmarks.answers import Answer, Table
from benchmarks.process import work_folder
from benchmarks.rounds import Effort, Sample, Samples, print_progress
from realtime_widgets.hub import Hub, SQLiteStore
from realtime_widgets.hub.log_search import SearchScope
from realtime_widgets.hub.stores.base import NewBatch
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.search.query import SearchQuery
from realtime_widgets.protocol.validation import validate_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BATCH = 400
"""Lines of a batch, about the 64,000 bytes that a publisher sends together."""

TICK_S = 0.001

TIMESTAMP = "2026-11-22T21:58:00.123Z"
NAMES = ("loss", "epoch", "step", "batch", "lr", "grad", "norm", "val", "acc", "sec")

QUERIES = {
    "a text that is nowhere": SearchQuery(text="out of memory", case=True),
    "... ignoring case": SearchQuery(text="out of memory"),
    "... a whole word": SearchQuery(text="memory", word=True),
    "a text in 40 % of the lines": SearchQuery(text="loss"),
    "a regular expression that is nowhere": SearchQuery(text=r"step \d+: error", regex=True),
    "... in 1 of 1,000 lines": SearchQuery(text=r"step \d+777:", regex=True),
}


NOTES = (
    "CPU time is that of all threads of the process, SQLite and checksums included.",
    (
        f"A task of the same event loop sleeps for {TICK_S * 1e3:g} ms again and again; the"
        " block is how late it was at most."
    ),
    (
        "There is no index: one of SQLite (FTS5 with trigrams) finds a text in 1 ms, but"
        " takes 37 µs of processor time and 232 bytes for each of these lines; to store one"
        " takes about 2 µs, and its text has 79 bytes."
    ),
)


def ask(effort: Effort) -> Answer:
    """Fill a store, and search it from end to end."""
    count = effort.pick(100_000, 1_000_000)
    samples = Samples()
    with work_folder() as folder:
        for kind, line in (("plain lines", _plain), ("coloured lines", _coloured)):
            path = folder / kind / "runs.db"
            asyncio.run(_fill(path, count, line))
            for number in range(1, effort.rounds + 1):
                for words, query in QUERIES.items():
                    samples.add(f"{kind}: {words}", asyncio.run(_measure(path, query)))
                print_progress(f"round {number} of {effort.rounds}: {kind}")
    return Answer(
        "search",
        f"Search: {count:,} lines from end to end",
        [
            Table(
                "The hub with its store on disk",
                ["", "CPU s", "longest block of the event loop, ms", "lines found"],
                [
                    [
                        name,
                        samples.middle(name, lambda sample: sample["cpu_s"]),
                        samples.middle(name, lambda sample: sample["block_s"] * 1e3),
                        samples.middle(name, lambda sample: sample["found"]),
                    ]
                    for name in samples.names
                ],
            )
        ],
        (),
        NOTES,
    )


def _plain(number: int) -> str:
    values = " ".join(f"{random.choice(NAMES)}={random.random():.6f}" for _ in range(5))  # noqa: S311 - no secret
    return f"step {number}: {values}"


def _coloured(number: int) -> str:
    return f"\x1b[32mINFO\x1b[0m {_plain(number)}"


async def _fill(path: Path, count: int, line: Callable[[int], str]) -> None:
    store = SQLiteStore(path, durability="normal")
    await store.open(lambda *_: None, lambda _: None)
    for first in range(1, count + 1, BATCH):
        events = [
            {"type": "log", "message": line(n), "level": "info", "time": 1795400000.125 + n}
            for n in range(first, first + BATCH)
        ]
        batch = validate_batch(to_json(events), Limits(batch_events=BATCH))
        await store.append(
            NewBatch(
                channel="run",
                publisher_id="a1" * 16,
                publisher_seq=first,
                start_publisher_seq=1,
                events=batch.events,
                raw=batch.raw,
                user=None,
                timestamp=TIMESTAMP,
                batch_id=random_id(48),
            )
        )
    await store.close()


async def _measure(path: Path, query: SearchQuery) -> Sample:
    hub = Hub(SQLiteStore(path))
    await hub.start()
    try:
        await hub.state("run")  # reduced once from a log that was stored without a hub
        ticking = asyncio.create_task(_longest_block())
        await asyncio.sleep(TICK_S)
        before = time.process_time()
        search = await hub.searches.begin("run", query, SearchScope())
        found = 0
        async with aclosing(search.steps()) as steps:
            async for step in steps:
                found += sum(len(event.lines) for one in step.found for event in one.events)
        cpu_s = time.process_time() - before
        ticking.cancel()
        return {"cpu_s": cpu_s, "block_s": await ticking, "found": found}
    finally:
        await hub.stop()


async def _longest_block() -> float:
    longest = 0.0
    try:
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            longest = max(longest, time.perf_counter() - due)
    except asyncio.CancelledError:
        return longest
