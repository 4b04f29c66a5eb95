"""The claim that holds for every host: a run is seen moving while its cell is busy, and whole.

A cell, or a program in that host, writes a line every 50 ms until the test has seen the
view move and its clock count; so it cannot have ended before, however slow the machine is. Then it
writes all others at once, and ends.
"""

from __future__ import annotations

import re
from textwrap import indent
from typing import TYPE_CHECKING, TypeAlias

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    Read: TypeAlias = Callable[[str], list[str]]

LINES = 20_000

SLOW_LINES = 200
"""Written over 10 s."""

MIN_STEPS = 5
"""Different counts of lines, and different seconds of the clock, that are seen on the way."""

STATUS = ".rtw-badge"

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
{then}"""


def publishing(name: str, seen: Path, *, show: str = "pass", then: str = "") -> str:
    """Return the code of the cell.

    Args:
        name: The run.
        seen: A file; once it is there, the cell no longer waits.
        show: What the cell does to show the run, one statement.
        then: What it does after all lines, as statements in the block of `sprint`.
    """
    return PUBLISH.format(
        name=name,
        seen=str(seen),
        show=show,
        lines=LINES,
        slow_lines=SLOW_LINES,
        then=indent(then, "    "),
    )


def expect_moving_and_whole(view: Locator | Read, seen: Path) -> None:
    """Expect the view to follow the cell while it is busy, its clock to count, and all lines.

    Args:
        view: The live view, or what returns the texts of all elements in it that match a selector.
        seen: The file for which the cell waits.
    """
    expect_moving(view)
    seen.touch()
    expect_whole(view)


def expect_moving(view: Locator | Read) -> None:
    """Expect the view to follow the cell while it is busy, and its clock to count."""
    read = view if callable(view) else reading(view)
    lines = seconds = 0
    for _ in range(MIN_STEPS):
        wait_until(lambda n=lines: lines_of(read) > n, f"more than {lines} lines are seen")
        wait_until(lambda s=seconds: seconds_of(read) > s, f"the clock shows more than {seconds} s")
        assert read(STATUS) == ["Running"]
        lines, seconds = lines_of(read), seconds_of(read)
    wait_until(lambda: lines_of(read) >= SLOW_LINES, f"{SLOW_LINES} lines are seen")
    assert lines_of(read) < LINES


def expect_whole(view: Locator | Read) -> None:
    """Expect the end of the run, and all its lines."""
    read = view if callable(view) else reading(view)
    expect_ended(read)
    expect_lines(read)


def expect_ended(read: Read) -> None:
    """Expect the end of the run."""
    try:
        wait_until(lambda: read(STATUS) == ["Succeeded"], "the run is seen to end")
    except AssertionError as error:
        error.add_note(f"the view: {read('.rtw-header')}, {read('.rtw-log-count')}")
        raise


def expect_lines(read: Read) -> None:
    """Expect all lines, with the last one shown, and the task at its end."""
    wait_until(lambda: lines_of(read) == LINES, f"{LINES} lines are seen")
    for selector, text in [
        (".rtw-progress", f"{LINES:,}/{LINES:,}"),
        ("[role=log]", f"line {LINES - 1}"),
    ]:
        wait_until(lambda s=selector, t=text: t in "".join(read(s)), f"{text} is seen")


def reading(view: Locator) -> Read:
    """Return how to read a view that Playwright sees."""
    return lambda selector: view.locator(selector).all_text_contents()


def lines_of(read: Read) -> int:
    """How many lines the view has, by its own count."""
    found = re.search(r"([0-9,]+) lines?$", "".join(read(".rtw-log-count")).strip())
    return int(found[1].replace(",", "")) if found else 0


def seconds_of(read: Read) -> int:
    """What the clock of the run shows."""
    found = re.fullmatch(r"(?:(\d+) min )?(\d+) s", "".join(read(".rtw-elapsed")).strip())
    return int(found[1] or 0) * 60 + int(found[2]) if found else 0
