"""The example of FastAPI and Next.js in a browser: runs are live and whole in its pages."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.test_access import AXE, CHECK

from .next_app import PASSWORD, NextApp, original_script
from .parts import expect_drawn, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request, WebSocket

pytestmark = pytest.mark.long

LINES = 20_000
BURST = 2_000
VIEW = ".rtw-view"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""A token of the back end, as `secrets.token_urlsafe(32)` makes it."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NextApp]:
    with NextApp(tmp_path_factory.mktemp("next")) as app:
        yield app


def log_in(page: Page, app: NextApp) -> None:
    page.goto(app.url)
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log alice out")).to_be_visible()


def start(page: Page, *, lines: int = 0) -> None:
    """Start an agent, and expect the page of its run."""
    page.get_by_label("Log lines at once").fill(str(lines))
    page.get_by_role("button", name="Start an agent").click()
    expect(page.locator(VIEW)).to_be_visible()


def parts() -> list[dict[str, Any]]:
    """Events of a run with a tool call, a metric and a picture."""
    tool = {"toolCallId": "1"}
    calls = [
        {"type": "TOOL_CALL_START", "toolCallName": "sql", **tool},
        {"type": "TOOL_CALL_ARGS", "delta": '{"query": "select 1"}', **tool},
        {"type": "TOOL_CALL_END", **tool},
        {"type": "TOOL_CALL_RESULT", "messageId": "2", "content": "[1]", **tool},
    ]
    steps = list(range(1, 51))
    return [
        {"type": "status_update", "status": "running"},
        *({"type": "agent_message", "agent": "planner", "event": call} for call in calls),
        {"type": "metrics", "steps": steps, "values": {"loss": [1 / step for step in steps]}},
        {"type": "output", "name": "plot", "data": {"image/png": picture()}},
    ]


def expect_first_and_last(page: Page) -> None:
    """Expect that all lines have come, and that the first and the last one can be seen."""
    expect(page.locator("[data-events]")).to_have_attribute("data-events", str(LINES))
    # The view draws later than the hook counts: its code is loaded separately.
    expect(page.get_by_role("log")).to_contain_text(f"line {LINES} of {LINES}")
    for key, number in [("Home", 1), ("End", LINES)]:
        page.get_by_role("log").press(key)
        expect(page.get_by_role("log")).to_contain_text(f"line {number} of {LINES}")


@pytest.fixture
def visitor(page: Page, app: NextApp) -> Page:
    """A page of alice, who is logged in."""
    log_in(page, app)
    return page


def test_an_agent_is_seen_at_work(visitor: Page) -> None:
    start(visitor)

    expect(visitor.locator(".rtw-badge")).to_have_text("Running")
    expect(visitor.locator(".summary")).to_contain_text(re.compile(r"read \d+ %"))
    expect(visitor.locator(".rtw-badge")).to_have_text("Succeeded")
    expect(visitor.locator(VIEW)).to_contain_text("These modules are about it:")
    expect(visitor.locator(".summary")).to_have_attribute("data-connected", "true")


def test_the_token_stays_on_the_server(page: Page, app: NextApp) -> None:
    requests: list[Request] = []
    sockets: list[WebSocket] = []
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - Playwright sets attributes of it
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108

    log_in(page, app)
    start(page)
    expect(page.locator(".rtw-badge")).to_have_text("Succeeded")

    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    seen = [cookie["value"], page.content(), *(socket.url for socket in sockets)]
    seen += [f"{request.url} {request.all_headers()}" for request in requests]
    found = {token for text in seen for token in TOKEN.findall(text)}
    hashes = {hashlib.sha256(token.encode()).hexdigest() for token in found}
    assert not hashes & app.token_hashes()
    assert not any(request.url.startswith(app.backend_url) for request in requests)


def test_one_socket_serves_the_view_and_the_hook(page: Page, app: NextApp) -> None:
    log_in(page, app)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108

    start(page)
    expect(page.locator(".rtw-badge")).to_have_text("Succeeded")

    assert len([socket for socket in sockets if "/ws/sprints/" in socket.url]) == 1


def test_a_burst_is_whole_in_two_tabs_and_after_a_reload(visitor: Page, app: NextApp) -> None:
    run = app.new_run("alice")
    tabs = visitor, visitor.context.new_page()
    for tab in tabs:
        tab.goto(f"{app.url}/runs/{run}")
        expect(tab.locator(".summary")).to_have_attribute("data-connected", "true")

    app.publish_lines(run, app.log_in("alice"), LINES)

    for tab in tabs:
        expect(tab.locator(".rtw-log-count")).to_have_text(f"{LINES:,} lines")
        expect_first_and_last(tab)
    visitor.reload()
    expect_first_and_last(visitor)


def test_a_page_follows_the_run_again_after_a_crash_of_the_back_end(
    visitor: Page, app: NextApp
) -> None:
    start(visitor)
    expect(visitor.locator(".rtw-badge")).to_have_text("Running")

    app.crash_backend()

    expect(visitor.locator(".rtw-badge")).to_have_text("Failed")
    expect(visitor.locator(VIEW)).to_contain_text("The service was restarted while this ran.")
    expect(visitor.locator(".summary")).to_have_attribute("data-connected", "true")


def test_a_question_of_a_run_is_answered_in_its_page(visitor: Page, app: NextApp) -> None:
    run = app.new_run("alice")
    visitor.goto(f"{app.url}/runs/{run}")
    question = {
        "type": "question",
        "id": "q",
        "message": "Which branch?",
        "choices": ["main", "dev"],
    }
    app.publish(run, app.log_in("alice"), {"type": "status_update", "status": "running"}, question)

    visitor.get_by_role("button", name="dev").click()
    expect(visitor.get_by_label("Question of the run")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chunks_that_draw_a_tool_a_chart_and_a_file_are_loaded_when_they_are_shown(
    visitor: Page, app: NextApp, screenshot: Callable[[str], Path], scheme: Any
) -> None:
    visitor.emulate_media(color_scheme=scheme)
    run = app.new_run("alice")
    visitor.goto(f"{app.url}/runs/{run}")
    view = visitor.locator(VIEW)
    expect(view).to_be_visible()
    scripts: list[str] = []
    visitor.on("request", lambda request: scripts.append(request.url))
    loaded: list[int] = []

    def photograph(part: str) -> None:
        loaded.append(len([url for url in scripts if url.endswith(".js")]))
        screenshot(f"next-{part}-{scheme}")

    app.publish(run, app.log_in("alice"), *parts())

    expect_drawn(view, photograph)
    tool, chart, file = loaded
    assert 0 < tool < chart < file
    assert all(url.startswith(app.url) for url in scripts)


def test_without_a_login_nothing_is_read(visitor: Page, app: NextApp, browser: Browser) -> None:
    start(visitor)

    with browser.new_context() as context:
        page = context.new_page()
        page.goto(visitor.url)
        expect(page).to_have_url(f"{app.url}/login")
        for path in ("sprints", "sprints/x/ticket", "index/ticket"):
            method = "POST" if path.endswith("ticket") else "GET"
            refused = context.request.fetch(f"{app.url}/realtime/api/{path}", method=method)
            assert refused.status == HTTPStatus.UNAUTHORIZED


def test_a_hook_that_keeps_the_newest_message_loses_a_part_of_a_burst(
    page: Page, app: NextApp
) -> None:
    """The table in docs/react.md has how large a part; each line comes in one message."""
    run, token = app.new_run("alice"), app.log_in("alice")
    server = app.backend_url.replace("http", "ws") + "/realtime"
    # Any page of the back end's origin, whose WebSockets need no further permission.
    page.goto(
        f"{app.backend_url}/openapi.json?run={run}&token={token}&server={server}&lines={BURST}"
    )
    page.add_script_tag(content=original_script())
    expect(page.get_by_text("Connected", exact=True)).to_have_count(2)

    app.publish_lines(run, token, BURST)

    expect(page.locator("#ours li")).to_have_count(BURST)
    expect(page.locator("#original li").last).to_have_text(f"line {BURST} of {BURST}")
    collected = page.locator("#original li").count()
    assert collected < BURST


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_are_accessible(
    page: Page, app: NextApp, screenshot: Callable[[str], Path], scheme: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    log_in(page, app)
    page.add_script_tag(path=AXE)
    expect(page.locator(".rtw-run-open").first).to_be_visible()
    assert page.evaluate(CHECK, "body") == []
    screenshot(f"next-list-{scheme}-{width}")

    start(page, lines=200)
    expect(page.locator(".rtw-badge")).to_have_text("Succeeded")

    page.add_script_tag(path=AXE)
    assert page.evaluate(CHECK, "body") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(f"next-run-{scheme}-{width}")
