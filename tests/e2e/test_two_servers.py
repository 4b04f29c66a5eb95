"""Two Jupyter servers on one Redis: a run of one is watched at the other while each is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from tests.faults.browser_view import SCROLL_THROUGH
from tests.redis_server import RedisServer
from tests.waiting import PATIENCE_S

from .jupyter import Jupyter
from .lines import wait_for_lines
from .test_trouble import VIEW, watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

PART = 100
"""Lines between two faults."""


@pytest.mark.long
def test_a_run_of_one_server_is_whole_in_a_cell_of_another_though_each_and_redis_are_killed(
    tmp_path: Path, page: Page, screenshot: Callable[[str], Path]
) -> None:
    redis = RedisServer("redis", "--appendonly", "yes", "--appendfsync", "always").start()
    options = ["--RealtimeWidgets.store=redis", f"--RealtimeWidgets.redis_url={redis.url}"]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = Jupyter(tmp_path / "one", app="lean lab", options=options)
    two = Jupyter(tmp_path / "two", app="lean lab", options=options)
    try:
        with one, two, Sprint("shared", server=f"{one.url}?token={one.token}") as sprint:
            sprint.log("line 0")
            watch(two, page, "shared")
            view = page.locator(VIEW)
            expect(view).to_contain_text("line 0")

            count = 1
            for server in (one, redis, two):
                publish(sprint, count, count + PART)
                server.kill()
                publish(sprint, count + PART, count + 2 * PART)
                server.start()
                count += 2 * PART
                assert sprint.flush(PATIENCE_S) == 0
                wait_for_lines(page, VIEW, more_than=count - 1)

            expect(view).to_contain_text("Connected")
            assert "earlier events" not in view.inner_text()
            shown = view.get_by_role("log").evaluate(SCROLL_THROUGH)
            assert shown == [f"line {number}" for number in range(count)]
            screenshot("two-servers")
    finally:
        redis.remove()


def publish(sprint: Sprint, first: int, end: int) -> None:
    for number in range(first, end):
        sprint.log(f"line {number}")
