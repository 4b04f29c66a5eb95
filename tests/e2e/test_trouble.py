"""What a view in the real JupyterLab shows when something goes wrong behind it."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import pytest
from playwright.sync_api import expect

from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

VIEW = ".jp-OutputArea .realtime-widgets"

IMPATIENT = (
    "--RealtimeWidgets.ping_s=0.5",
    "--RealtimeWidgets.pong_s=60",  # a client that is stopped for a moment stays connected
    "--RealtimeWidgets.lease_s=5",  # ten pings: a client that waits for the processor is not lost
    "--RealtimeWidgets.history_events=200",
)

RUN = """
import sys, time
from realtime_widgets import Sprint

with Sprint(sys.argv[1], server=sys.argv[2]) as sprint:
    for n in range(int(sys.argv[3])):
        sprint.log(f"line {n}")
    sprint.progress("train", 3, 10)
    sprint.flush()
    print("published", flush=True)
    sys.stdin.readline()
"""


class Run:
    """A run in a separate process, which continues until it gets the signal to end.

    A context manager, which kills it.
    """

    def __init__(self, jupyter: Jupyter, sprint_id: str, *, lines: int = 3) -> None:
        server = f"{jupyter.url}?token={jupyter.token}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN, sprint_id, server, str(lines)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def wait_until_published(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "published\n"

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def impatient_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with Jupyter(tmp_path_factory.mktemp("impatient"), options=IMPATIENT) as jupyter:
        yield jupyter


def watch(jupyter: Jupyter, page: Page, sprint_id: str) -> None:
    cells = [f"from realtime_widgets import watch\nwatch({sprint_id!r})"]
    jupyter.notebook(f"{sprint_id}.ipynb", cells=cells)
    jupyter.run_all(jupyter.open(page, f"{sprint_id}.ipynb"))


@pytest.mark.long
def test_a_run_whose_publisher_vanished_is_lost_until_it_is_back_or_started_again(
    impatient_lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    view = page.locator(VIEW)
    with Run(impatient_lab, "vanishing") as run:
        run.wait_until_published()
        watch(impatient_lab, page, "vanishing")
        expect(view).to_contain_text("Running")

        run.signal(signal.SIGSTOP)
        expect(view).to_contain_text("Lost contact")
        expect(view).to_contain_text("last seen")
        run.signal(signal.SIGCONT)
        expect(view).to_contain_text("The publisher is back")
        expect(view).to_contain_text("Running")

    expect(view.locator(".rtw-badge")).to_contain_text("Lost contact")
    screenshot("lost")

    with Run(impatient_lab, "vanishing") as again:
        again.wait_until_published()
        expect(view).to_contain_text("attempt 2")
        expect(view).to_contain_text("Running")
        again.end()
        expect(view).to_contain_text("Succeeded")
    screenshot("second-attempt")


def test_a_viewer_that_joins_after_a_trim_sees_the_gap_and_the_status(
    impatient_lab: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    with Run(impatient_lab, "trimmed", lines=1_000) as run:
        run.wait_until_published()
        watch(impatient_lab, page, "trimmed")

        view = page.locator(VIEW)
        expect(view).to_contain_text("line 999")
        expect(view).to_contain_text("Running")
        expect(view).to_contain_text("train")
        view.get_by_label("Lines shown", exact=True).select_option("remarks")
        expect(view).to_contain_text("earlier events are not kept")
        screenshot("trimmed")


@pytest.mark.long
def test_a_view_shows_that_the_disk_is_full(
    tmp_path: Path, page: Page, screenshot: Callable[[str], Path]
) -> None:
    no_room = f"--RealtimeWidgets.disk_reserve_bytes={2**60}"
    with Jupyter(tmp_path, options=[no_room]) as jupyter, Run(jupyter, "no-room"):
        watch(jupyter, page, "no-room")

        expect(page.locator(VIEW)).to_contain_text("disk is full")
        screenshot("full-disk")
