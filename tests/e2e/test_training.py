"""The notebook of a training, live: its curves, its confusion matrix, its NaN, and both attempts.

The pictures are written to `tests/e2e/screenshots`. After a change of the view, copy
`training-lab.png` from there to `docs/images`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from .conftest import SCREENSHOTS
from .test_access import violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from .jupyter import Jupyter

NOTEBOOK = Path(__file__).parents[2] / "notebooks/training.ipynb"
VIEW = ".jp-OutputArea .realtime-widgets"
DESK = {"width": 1_280, "height": 860}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


@pytest.fixture(autouse=True)
def training_takes_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINING_SECONDS", "24")


@pytest.mark.long  # makes the pictures of the docs
def test_a_training_is_seen_while_it_learns_and_beside_its_second_attempt(
    lab_alone: Jupyter, page: Page, browser: Browser
) -> None:
    shutil.copy(NOTEBOOK, lab_alone.root)
    page.set_viewport_size(DESK)
    lab_alone.open(page, "training.ipynb")
    view = page.locator(VIEW).first
    lab_alone.start_all(page)

    see_it_learn(page, browser, f"{lab_alone.url}realtime/sprints/digits?token={lab_alone.token}")
    page.wait_for_function("() => window.ranAll === 'true'", timeout=180_000)
    expect(view).to_contain_text("Succeeded")
    see_both_attempts(page, f"{lab_alone.url}realtime/", f"token={lab_alone.token}")


def see_it_learn(page: Page, browser: Browser, url: str) -> None:
    view = page.locator(VIEW).first
    view.get_by_role("tab", name="Metrics").click()
    loss = view.get_by_role("img", name=re.compile(r"loss, [\d,]+ values"))
    expect(loss).to_be_visible()
    before = loss.get_attribute("aria-label")
    expect(view.get_by_text(re.compile("1 value not finite, the last at step"))).to_be_visible()
    expect(view).to_contain_text("Running")
    assert loss.get_attribute("aria-label") != before
    view.scroll_into_view_if_needed()
    shoot(page, "training-lab")

    view.get_by_role("tab", name="Files").click()
    confusion = view.get_by_role("button", name="confusion")
    expect(confusion).to_be_visible()
    confusion.click()
    caption = view.get_by_text(re.compile(r"after epoch \d+: "))
    first = caption.text_content() or ""
    picture = view.get_by_role("img", name="confusion").get_attribute("src")
    expect(caption).not_to_have_text(first)
    assert view.get_by_role("img", name="confusion").get_attribute("src") != picture
    shoot(page, "training-lab-files")
    view.get_by_role("tab", name="Log").click()
    expect(view).to_contain_text("the loss is NaN; back to the weights before")

    phone = browser.new_page(**PHONE, reduced_motion="reduce")
    phone.goto(url)
    phone.get_by_role("tab", name="Metrics").click()
    expect(phone.locator(".rtw-chart canvas").first).to_be_visible()
    shoot(phone, "training-phone")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(phone, ".rtw-metrics") == []
    phone.close()


def see_both_attempts(page: Page, base: str, query: str) -> None:
    """The page of the run has the first attempt in grey; the comparison has both."""
    page.goto(f"{base}sprints/digits?{query}")
    page.get_by_role("tablist", name="Right part").get_by_role("tab", name="Metrics").click()
    expect(page.locator(".rtw-chart canvas").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"training-{scheme}")
        assert violations(page, ".rtw-metrics") == []
    page.goto(f"{base}compare?run=digits@1&run=digits@2&{query}")
    expect(page.get_by_role("row", name="rate")).to_contain_text("0.020.05")
    chart = page.get_by_role("img", name=re.compile("digits@1, .* values"))
    expect(chart.first.locator("canvas")).to_be_visible()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        shoot(page, f"training-compare-{scheme}")
    page.set_viewport_size({"width": 390, "height": 844})
    shoot(page, "training-compare-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def shoot(page: Page, name: str) -> None:
    """Photograph a page two frames later, so that what was changed is drawn."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
