"""The tab of files in a real browser: large values, hostile ones, dark and on a phone."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from realtime_widgets import Sprint
from realtime_widgets.protocol.outputs.blob import sha256_of

from .conftest import SCREENSHOTS
from .test_access import violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from .jupyter import Jupyter

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}

IMAGE = "<img src=x onerror='window.hacked = 1'>"
HOSTILE = [
    "<script>window.hacked = 1</script><b>bold</b>",
    f"{IMAGE}<b>bold</b>",
    "<svg onload='window.hacked = 1'><script>window.hacked = 1</script></svg><b>bold</b>",
    f"<math><mtext><table><mglyph><style>{IMAGE}</style></mglyph></table></mtext></math><b>bold</b>",
    "<a href='javascript:window.hacked = 1' id=a class=b style='color:red'>a</a><b>bold</b>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe><b>bold</b>",
    "<details open ontoggle='window.hacked = 1'>d</details><b>bold</b>",
    f"<form><math><mtext></form><form><mglyph><style></math>{IMAGE}</style></mglyph></form><b>bold</b>",
    "<b>bold</b>" + "<i>x</i>" * 40_000 + "<img src=x onerror='window.hacked = 1'>",
]

SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='40' onload='window.hacked = 1'>"
SVG += "<script>window.hacked = 1</script><circle cx='20' cy='20' r='15' fill='teal'/></svg>"


class Shown:
    """A value with one form."""

    def __init__(self, kind: str, text: str) -> None:
        self._kind = kind
        self._text = text

    def __repr__(self) -> str:
        return f"a value shown as {self._kind}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {self._kind: self._text}


class Png:
    """A value with the form of a picture."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def _repr_png_(self) -> bytes:
        return self._raw


def photo() -> bytes:
    """A PNG of 2 MB."""
    file = io.BytesIO()
    Image.effect_noise((900, 1_000), 90).convert("RGB").save(file, "PNG")
    return file.getvalue()


def figure(shift: int) -> Image.Image:
    """What a confusion matrix may look like."""
    image = Image.new("RGB", (480, 360), "white")
    for row in range(6):
        for column in range(6):
            shade = 255 - max(0, 200 - 60 * abs(row - column)) // (1 + shift)
            box = (40 + 60 * column, 20 + 50 * row, 98 + 60 * column, 68 + 50 * row)
            image.paste((shade, shade, 255), box)
    return image


def publish(lab: Jupyter, name: str) -> Sprint:
    return Sprint(name, server=f"{lab.url}?token={lab.token}", show=False)


@pytest.mark.long
def test_a_png_of_2_mb_is_whole_in_two_views_beside_the_log_and_gone_with_the_run(
    lab: Jupyter, page: Page, browser: Browser
) -> None:
    raw = photo()
    with publish(lab, "photo") as sprint:
        sprint.show(Png(raw), name="photo")
        sprint.close(60)
    url = f"{lab.url}realtime/sprints/photo?token={lab.token}"
    other = browser.new_page()
    for view in (page, other):
        view.goto(url)
        view.get_by_role("button", name="photo").click()
        image = view.get_by_role("img", name="photo")
        expect(image).to_have_attribute("src", re.compile("^data:image/png;base64,"))
        assert len(str(image.get_attribute("src"))) > len(raw)
        assert image.evaluate("each => each.decode().then(() => each.naturalWidth)") == 900
    other.close()
    log = page.request.get(f"{lab.url}realtime/api/sprints/photo/events?token={lab.token}")
    assert len(log.body()) < 60_000

    blob = f"{lab.url}realtime/api/sprints/photo/blobs/{sha256_of(raw)}?token={lab.token}"
    assert page.request.get(blob).body() == raw
    lab.request("DELETE", "realtime/api/sprints/photo")
    assert page.request.get(blob).status == 404


@pytest.mark.long
def test_hostile_values_run_nothing_in_the_page(lab: Jupyter, page: Page) -> None:
    with publish(lab, "hostile") as sprint:
        for number, html in enumerate(HOSTILE):
            sprint.show(Shown("text/html", html), name=f"html {number}")
        sprint.show(Shown("image/svg+xml", SVG), name="svg")
        sprint.close(60)
    page.goto(f"{lab.url}realtime/sprints/hostile?token={lab.token}")

    for number in range(len(HOSTILE)):
        page.get_by_role("button", name=f"html {number}").click()
        expect(page.locator(".rtw-files .rtw-table")).to_be_attached()
        found = ".rtw-files :is(script, iframe, svg, math, form, a:not([download]), [id], [style])"
        assert page.locator(found).count() == 0
        assert page.locator(".rtw-files img:visible").count() == 0
        page.get_by_role("button", name="All files").click()
    page.get_by_role("button", name="svg").click()
    expect(page.get_by_role("img", name="svg")).to_be_visible()
    assert page.evaluate("window.hacked") is None


@pytest.mark.long
def test_files_are_accessible_in_both_colours_and_on_a_phone(
    lab: Jupyter, browser: Browser
) -> None:
    sprint = publish(lab, "files")
    sprint.status("running")
    sprint.show(figure(0), name="confusion", caption="after epoch 1")
    sprint.show(pd.DataFrame({"loss": [0.5, 0.25], "accuracy": [0.8, 0.9]}), name="scores")
    sprint.show({"lr": 0.1, "layers": [64, 32]}, name="parameters")
    sprint.show(Png(photo()), name="photo", caption="a large picture with a long caption " * 4)
    sprint.show(Shown("text/markdown", "# Notes\n\nA **bold** word."), name="notes")
    sprint.show(Shown("image/svg+xml", SVG), name="sketch")
    sprint.show(
        "line\n" * 40_000, name="a text with a name that is much longer than its tile is wide"
    )
    assert sprint.flush(60) == 0
    sprint.show(figure(3), name="confusion", caption="after epoch 2")
    assert sprint.flush(60) == 0

    found: list[Any] = []
    for size in ({"viewport": {"width": 1_100, "height": 700}}, PHONE):
        page = browser.new_page(**size, reduced_motion="reduce")
        page.goto(f"{lab.url}realtime/sprints/files?token={lab.token}")
        expect(page.get_by_role("button", name="confusion")).to_be_visible()
        for scheme in ("light", "dark"):
            name = f"files-{scheme}" + ("-phone" if size is PHONE else "")
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=SCREENSHOTS / f"{name}.png")
            found += violations(page, ".rtw-files")
            for file in ("confusion", "scores", "photo", "notes"):
                page.get_by_role("button", name=file).click()
                expect(page.get_by_text("is being loaded")).to_have_count(0)
                page.screenshot(path=SCREENSHOTS / f"{name}-{file}.png")
                found += violations(page, ".rtw-files")
                page.get_by_role("button", name="All files").click()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()
    sprint.status("succeeded")
    sprint.close(60)
    assert found == []
