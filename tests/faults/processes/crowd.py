"""Reads a run with many independent `follow`s in one process, and reports where each stands.

It also reports each pause that one of them draws.

Its argument is JSON: the run, the diary, how many, and their longest pause between two
attempts to connect, or null for the usual one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from diary import Diary

from realtime_widgets import backoff as backoff_module
from realtime_widgets import follow
from realtime_widgets.backoff import Backoff


def report_pauses(diary: Diary) -> None:
    draw = Backoff.next_delay

    def reported(backoff: Backoff) -> float:
        pause_s = draw(backoff)
        diary.write("pauses", id(backoff), pause_s)
        return pause_s

    Backoff.next_delay = reported  # type: ignore[method-assign]


async def read(sprint: str, index: int, diary: Diary) -> None:
    async for event in follow(sprint):
        diary.write("at", index, event.seq)


async def main() -> None:
    order = json.loads(sys.argv[1])
    diary = Diary(order["diary"])
    backoff_module.MAX_DELAY_S = order["longest_pause_s"] or backoff_module.MAX_DELAY_S
    report_pauses(diary)
    await asyncio.gather(
        *(read(order["sprint"], index, diary) for index in range(order["readers"]))
    )


if __name__ == "__main__":
    asyncio.run(main())
