"""The claim that holds for every host: a run is seen moving while its cell is busy, and whole.

A cell, or whatever publishes in that host, writes a line every 50 ms until the test has seen the
view move and its clock count; so it cannot have ended before, however slow the machine is. Then it
writes all others at once, and ends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator

LINES = 20_000

SLOW_LINES = 200
"""Written over 10 s."""

LEAST_STEPS = 5
"""Different counts of lines, and different seconds of the clock, that are seen on the way."""

PUBLISH = """
import time
from pathlib import Path
from realtime_widgets import Sprint
with Sprint({name!r}) as sprint:
    {show}
    for n in range({lines}):
        sprint.log(f"line {{n}}")
        sprint.progress("train", n + 1, {lines})
        if n < {slow_lines} or not Path({seen!r}).exists():
            time.sleep(0.05)
"""


def publishing(name: str, seen: Path, *, show: str = "pass") -> str:
    """Return the code of the cell.

    Args:
        name: The run.
        seen: A file; once it is there, the cell no longer waits.
        show: What the cell does to show the run, one statement.
    """
    return PUBLISH.format(name=name, seen=str(seen), show=show, lines=LINES, slow_lines=SLOW_LINES)


def expect_moving_and_whole(view: Locator, seen: Path) -> None:
    """Expect the view to follow the cell while it is busy, its clock to count, and all lines.

    Args:
        view: The live view.
        seen: The file for which the cell waits.
    """
    expect(view.get_by_text("Running").first).to_be_visible()
    steps: list[tuple[int, int]] = []
    for _ in range(LEAST_STEPS):
        lines, seconds = steps[-1] if steps else (0, 0)
        wait_until(lambda n=lines: lines_of(view) > n, f"more than {lines} lines are seen")
        wait_until(lambda s=seconds: seconds_of(view) > s, f"the clock shows more than {seconds} s")
        steps.append((lines_of(view), seconds_of(view)))
    wait_until(lambda: lines_of(view) >= SLOW_LINES, f"{SLOW_LINES} lines are seen")
    assert lines_of(view) < LINES

    seen.touch()

    expect(view.locator(".rtw-log-count")).to_have_text(f"{LINES:,} lines")
    expect(view).to_contain_text(f"{LINES:,}/{LINES:,}")
    expect(view).to_contain_text("Succeeded")
    expect(view.locator("[role=log]")).to_contain_text(f"line {LINES - 1}")


def lines_of(view: Locator) -> int:
    """How many lines the view has, by its own count."""
    texts = view.locator(".rtw-log-count").all_text_contents()
    found = re.search(r"([0-9,]+) lines?$", texts[0].strip()) if texts else None
    return int(found[1].replace(",", "")) if found else 0


def seconds_of(view: Locator) -> int:
    """What the clock of the run shows."""
    texts = view.locator(".rtw-elapsed").all_text_contents()
    found = re.fullmatch(r"(?:(\d+) min )?(\d+) s", texts[0].strip()) if texts else None
    return int(found[1] or 0) * 60 + int(found[2]) if found else 0
