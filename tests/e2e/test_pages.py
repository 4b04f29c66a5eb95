"""The pages of their own in a real browser: the list of runs, and one run."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from realtime_widgets import Sprint
from realtime_widgets.hub import Hub, SQLiteStore
from tests.waiting import PATIENCE_S

from .jupyter import Jupyter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

OLD_RUNS = 500

PHONE = {"width": 360, "height": 740}

# What the page's policy kept from happening, as the browser reports it.
KEEP_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", event => {
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
"""


async def publish_old_runs(file: Path) -> None:
    hub = Hub(SQLiteStore(file, durability="normal"))
    await hub.start()
    for n in range(OLD_RUNS):
        for event in (
            {"type": "status_update", "status": "running", "notebook": f"old/train-{n % 9}.ipynb"},
            {"type": "build_progress", "task": "train", "current": n % 100, "total": 100},
            {
                "type": "status_update",
                "status": "failed" if n % 50 == 7 else "succeeded",
                "message": "ValueError: no data" if n % 50 == 7 else None,
            },
        ):
            await hub.broadcast(f"old-{n:03}", event, user="alice")
    await hub.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """JupyterLab with a history of many runs."""
    folder = tmp_path_factory.mktemp("pages")
    file = folder / "data/realtime-widgets/sprints.db"
    # In a separate thread, because the browser's driver has a loop in this one.
    with ThreadPoolExecutor() as threads:
        threads.submit(lambda: asyncio.run(publish_old_runs(file))).result()
    with Jupyter(folder) as jupyter:
        (jupyter.root / "old").mkdir()
        jupyter.notebook("old/train-0.ipynb", cells=["1"])
        yield jupyter


@pytest.fixture(autouse=True)
def _nothing_was_kept_from_happening(page: Page) -> Iterator[None]:
    errors: list[str] = []

    def keep_error(message: ConsoleMessage) -> None:
        # Chromium logs each request that failed; the tests make some fail.
        if message.type == "error" and "Failed to load resource" not in message.text:
            errors.append(message.text)

    page.add_init_script(KEEP_VIOLATIONS)
    page.on("console", keep_error)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    assert page.evaluate("() => window.violations") == []
    assert errors == []


def publish(server: Jupyter, sprint_id: str) -> Sprint:
    return Sprint(sprint_id, server=f"{server.url}?token={server.token}")


def visit(page: Page, server: Jupyter, path: str = "") -> None:
    page.goto(f"{server.url}realtime/{path}?token={server.token}")


def row(page: Page, sprint_id: str) -> Locator:
    return page.locator(".rtw-run").filter(has=page.get_by_role("link", name=sprint_id, exact=True))


def ask_to_delete(page: Page, sprint_id: str) -> None:
    page.get_by_role("button", name=f"More of {sprint_id}").click()
    page.get_by_role("menuitem", name="Delete").click()


def test_the_list_follows_the_runs_while_they_are_active(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    nightly, second = row(page, "nightly"), row(page, "second")
    with publish(server, "nightly") as sprint:
        sprint.flush(PATIENCE_S)
        visit(page, server)
        expect(page.locator(".rtw-run")).to_have_count(100)
        expect(page.locator(".rtw-run").first).to_contain_text("nightly")
        expect(nightly).to_contain_text("Running")

        other = publish(server, "second")
        other.status("running")
        sprint.progress("train", 1, 4)
        sprint.status("needs_input", "Deploy to production?")
        expect(second).to_contain_text("Running")
        expect(nightly).to_contain_text("25%")
        expect(nightly).to_contain_text("Needs input")
        expect(nightly).to_contain_text("Deploy to production?")
        expect(page).to_have_title("(1) Runs")
        screenshot("page-list-light")
        page.emulate_media(color_scheme="dark")
        screenshot("page-list-dark")

    other.status("succeeded")
    other.close(PATIENCE_S)
    expect(nightly).to_contain_text("Succeeded")
    expect(second).to_contain_text("Succeeded")
    expect(page).to_have_title("Runs")
    assert "token" not in page.url


# Longer than 40 lines: one visit of a page, as a browser and a server take seconds to start.
@pytest.mark.long
def test_rows_have_what_agents_use_and_a_menu_and_are_sorted(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    deploy = publish(server, "deploy-docs")
    deploy.status("needs_input", "Deploy to production?")
    with publish(server, "support-agent") as sprint:
        with sprint.step("answer"), sprint.model("gpt-5", provider="openai") as call:
            call.usage(input=12_100, output=2_100, cost=0.031)
        sprint.log("slow answer", level="warning")
        with sprint.step("answer"), sprint.step("look up"):
            with pytest.raises(ValueError, match="no such table"), sprint.tool("sql"):
                raise ValueError("no such table")
            sprint.flush(PATIENCE_S)
            visit(page, server)
            agent = row(page, "support-agent")
            for words in ("14.2k tokens · $0.031", "1 tool", "1 failed", "look up"):
                expect(agent).to_contain_text(words)
            expect(agent.get_by_label("1 warning")).to_be_visible()
            headings = page.get_by_role("heading", level=2)
            expect(headings.nth(0)).to_have_text("Waits for you")
            expect(headings.nth(1)).to_have_text("Running")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                screenshot(f"list-{scheme}")
            page.set_viewport_size({"width": 390, "height": 844})
            screenshot("list-390")
            assert page.evaluate("() => document.documentElement.scrollWidth") == 390
            page.get_by_role("button", name="Waits for you").click()
            expect(page.locator(".rtw-run")).to_have_count(1)
            page.get_by_role("button", name="All").click()

    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_label("Sort by").select_option("Most expensive")
    page.reload()
    expect(page.locator(".rtw-run-open").first).to_have_text("support-agent")
    page.get_by_role("button", name="More of support-agent").press("Enter")
    expect(page.get_by_role("menuitem", name="Open", exact=True)).to_be_focused()
    screenshot("list-menu")
    page.keyboard.press("ArrowDown")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert opened.value.url == f"{server.url}realtime/sprints/support-agent"
    deploy.status("succeeded")
    deploy.close(PATIENCE_S)


def test_a_mistyped_name_leads_to_the_runs_of_similar_names_and_to_the_list(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    with publish(server, "nightly-Report") as sprint:
        sprint.log("here I am")
        assert sprint.flush(PATIENCE_S) == 0
    visit(page, server, "sprints/nightly-reprot")
    expect(page.locator(".rtw-view").get_by_text("No such run")).to_be_visible()
    screenshot("page-no-such-run")
    page.get_by_role("link", name="nightly-Report").click()
    expect(page).to_have_url(f"{server.url}realtime/sprints/nightly-Report")
    expect(page.locator(".rtw-log")).to_contain_text("here I am")

    visit(page, server, "sprints/nightly-report")
    expect(page.get_by_text("There is nightly-Report")).to_be_visible()
    expect(page.get_by_text("differ in case only")).to_be_visible()
    page.get_by_role("link", name="All runs").click()
    expect(page).to_have_url(f"{server.url}realtime/")


def test_links_of_the_list_are_large_enough_to_be_hit(server: Jupyter, page: Page) -> None:
    server.notebook("large.ipynb", cells=["1"])
    sprint = publish(server, "large-enough")
    sprint.emit({"type": "status_update", "status": "running", "notebook": "large.ipynb"})
    sprint.status("succeeded")
    sprint.close(PATIENCE_S)
    for size in ({"width": 1280, "height": 720}, PHONE):
        page.set_viewport_size(size)
        visit(page, server)
        page.get_by_role("searchbox").fill("large-enough")
        for selector in (".rtw-run-open", "a.rtw-run-notebook"):
            link = page.locator(selector)
            expect(link).to_have_count(1)
            box = link.bounding_box()
            assert box is not None
            assert box["height"] >= 24, selector


def test_a_run_has_an_address_of_its_own_before_it_begins(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    visit(page, server, "sprints/to-come")
    expect(page.locator(".rtw-view").get_by_text("No such run")).to_be_visible()
    expect(page).to_have_title("to-come")
    assert page.url == f"{server.url}realtime/sprints/to-come"

    with publish(server, "to-come") as sprint:
        for n in range(200):
            sprint.log(f"line {n}")
        expect(page.locator(".rtw-log")).to_contain_text("line 199")
        expect(page).to_have_title("to-come · Running")
        icon = page.locator('link[rel="icon"]')
        running = icon.get_attribute("href") or ""
        screenshot("page-run-light")

    expect(page).to_have_title("to-come · Succeeded")
    expect(icon).not_to_have_attribute("href", running)
    # All of the height is the run's.
    bottom = page.locator(".rtw-view").evaluate("view => view.getBoundingClientRect().bottom")
    assert bottom == page.evaluate("() => innerHeight")


def test_going_between_list_and_run_is_going_between_pages(server: Jupyter, page: Page) -> None:
    visit(page, server)
    expect(page.locator(".rtw-run")).to_have_count(100)
    page.keyboard.press("/")
    page.keyboard.type("old-04 failed")
    expect(page.locator(".rtw-run")).to_have_count(0)
    page.get_by_role("searchbox").fill("old-009")
    expect(page.locator(".rtw-run")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/realtime/sprints/old-009$"))
    expect(page.locator(".rtw-view")).to_contain_text("Succeeded")
    notebook = page.get_by_role("link", name="train-0.ipynb")
    expect(notebook).to_have_attribute("href", f"{server.url}lab/tree/old/train-0.ipynb")
    page.go_back()
    expect(page).to_have_title("Runs")
    expect(page.get_by_role("searchbox")).to_have_value("old-009")
    expect(page.get_by_role("link", name="old-009")).to_be_focused()
    page.go_forward()
    expect(page).to_have_title("old-009 · Succeeded")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator(".rtw-run")).to_have_count(1)


def test_many_runs_are_shown_bit_by_bit_and_found_at_once(server: Jupyter, page: Page) -> None:
    visit(page, server)
    page.get_by_role("button", name="Show 100 more").click()
    expect(page.locator(".rtw-run")).to_have_count(200)
    page.get_by_role("button", name="Failed").click()
    expect(page.locator(".rtw-run")).to_have_count(OLD_RUNS // 50)
    page.get_by_role("searchbox").fill("old-007 data")
    expect(page.locator(".rtw-run")).to_have_count(1)


def test_a_phone_shows_all_of_it(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    name = "a-run-whose-name-is-as-long-as-a-name-may-be-" + "x" * 19
    with publish(server, name) as sprint:
        sprint.emit(
            {
                "type": "status_update",
                "status": "needs_input",
                "message": "May I? " * 20,
            }
        )
        sprint.progress("train", 1, 3)
        for number in range(100):
            sprint.log(f"line {number}")
        with sprint.message("planner") as reply:
            reply.write("I do as I am asked.\n" * 20)
        sprint.flush(PATIENCE_S)
        visit(page, server)
        expect(row(page, name)).to_contain_text("May I?")
        screenshot("page-list-phone")
        assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
        page.get_by_role("link", name=name).click()
        expect(page.locator(".rtw-view")).to_contain_text("Needs input")
        page.get_by_role("tab", name="Log").click()
        expect(page.locator(".rtw-log")).to_contain_text("line 99")
        screenshot("page-run-phone")
        # The log gives way, not what stands above it.
        for part in (".rtw-message", ".rtw-progress"):
            whole = "part => part.scrollHeight <= part.clientHeight"
            assert page.locator(part).evaluate(whole), part
        assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]


def test_without_the_network_the_list_stays_and_shows_the_error(
    server: Jupyter, page: Page, screenshot: Callable[[str], Path]
) -> None:
    visit(page, server)
    expect(page.locator(".rtw-run")).to_have_count(100)

    page.context.set_offline(True)
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    expect(page.locator(".rtw-run")).to_have_count(100)
    screenshot("page-list-offline")

    page.context.set_offline(False)
    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)


def test_a_run_is_deleted_for_all_its_viewers(
    server: Jupyter, page: Page, context: BrowserContext, screenshot: Callable[[str], Path]
) -> None:
    with publish(server, "unwanted") as sprint:
        sprint.log("soon gone")
        sprint.flush(PATIENCE_S)
        visit(page, server)
        ask_to_delete(page, "unwanted")
        expect(row(page, "unwanted")).to_contain_text("It is still running")
        page.get_by_role("button", name="Close").click()
    other = context.new_page()
    visit(other, server, "sprints/unwanted")
    expect(other.locator(".rtw-log")).to_contain_text("soon gone")

    expect(row(page, "unwanted")).to_contain_text("Succeeded")
    ask_to_delete(page, "unwanted")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    screenshot("page-list-delete")
    page.get_by_role("button", name="Delete", exact=True).click()

    expect(row(page, "unwanted")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="unwanted is deleted")).to_have_count(1)
    expect(other.locator(".rtw-log")).to_contain_text("This run is gone")
    expect(other.locator(".rtw-view")).not_to_contain_text("soon gone")
    expect(other).to_have_title("unwanted")


def test_a_user_who_is_not_logged_in_reaches_the_run_through_the_login(
    lab_below_prefix: Jupyter, page: Page
) -> None:
    lab = lab_below_prefix
    with publish(lab, "after-login") as sprint:
        sprint.log("hello")
        page.goto(f"{lab.url}realtime/sprints/after-login")
        page.locator("#password_input").fill(lab.token)
        page.locator("#login_submit").click()

        expect(page).to_have_url(f"{lab.url}realtime/sprints/after-login")
        expect(page.locator(".rtw-log")).to_contain_text("hello")
    page.get_by_role("link", name="Runs").click()
    expect(row(page, "after-login")).to_contain_text("Succeeded")
