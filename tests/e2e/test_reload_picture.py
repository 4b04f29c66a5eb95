"""The picture at the top of the README: a reload while a cell runs, and a phone beside it.

The test writes `tests/e2e/screenshots/reload.webp`; the README's copy is in `docs/images`.
"""

from __future__ import annotations

import io
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Error, expect

from .conftest import SCREENSHOTS
from .jupyter import Jupyter, save

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOTEBOOK = Path(__file__).parents[2] / "notebooks/quickstart.ipynb"

SECONDS = 20
"""How long the notebook's run takes."""

DESK = {"width": 1000, "height": 700}
PHONE = {"width": 390, "height": 844}
GROUND, EDGE = "#eceff1", "#37474f"
MARGIN, BEZEL, RADIUS = 24, 8, 20

PICTURE = SCREENSHOTS / "reload.webp"

MAX_FRAMES = 300

WIDTH = 1000
"""Pixels of the picture."""

FRAME_S = 0.3
"""Least time of a frame; what changes meanwhile is in the next one."""

MAX_BYTES = 500_000
"""Larger pictures load too slowly on a page that people open first."""

SCROLL_TO_VIEW = """() => {
    const view = document.querySelector(".jp-OutputArea .realtime-widgets");
    view?.scrollIntoView({ block: "start" });
}"""


@dataclass
class Film:
    """Frames of two pages side by side, and how long each stands."""

    desk: Page
    phone: Page

    def __post_init__(self) -> None:
        self._frames: list[Image.Image] = []
        self._times: list[float] = []

    def shoot(self) -> None:
        """Add a frame."""
        self._times.append(time.monotonic())
        self._frames.append(_beside(_photo(self.desk), _photo(self.phone)))

    def shoot_until(self, text: str) -> None:
        """Add frames until the phone shows a text."""
        while text not in (self.phone.locator("body").text_content() or ""):
            with suppress(Error):  # the page is being replaced by the one that was reloaded
                self.desk.evaluate(SCROLL_TO_VIEW)
            assert len(self._frames) < MAX_FRAMES, f"the phone does not show {text!r}"
            if not self._times or time.monotonic() >= self._times[-1] + FRAME_S:
                self.shoot()

    def write(self, path: Path) -> None:
        """Write an animation that runs as fast as what it shows."""
        stood = [
            round(1000 * (after - before))
            for before, after in zip(self._times, self._times[1:], strict=False)
        ]
        first, *others = map(_smaller, self._frames)
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=[*stood, 3000],
            loop=0,
            quality=45,
            method=4,
        )


@pytest.mark.long  # makes the picture of the README
def test_a_reload_in_mid_cell_leaves_the_quickstart_whole_and_a_phone_shows_it_too(
    tmp_path: Path, page: Page, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUICKSTART_SECONDS", str(SECONDS))
    page.set_viewport_size(DESK)
    phone = browser.new_page(viewport=PHONE, is_mobile=True, has_touch=True)
    with Jupyter(tmp_path) as jupyter:
        shutil.copy(NOTEBOOK, jupyter.root)
        jupyter.open(page, NOTEBOOK.name)
        page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        phone.goto(f"{jupyter.url}realtime/sprints/quickstart?token={jupyter.token}")
        film = Film(page, phone)
        view = page.locator(".jp-OutputArea .realtime-widgets").first

        jupyter.start_all(page)
        view.wait_for()
        save(page)
        film.shoot_until("rate 2.0")  # the step that is running
        page.reload(wait_until="commit")
        film.shoot_until("Succeeded")

        expect(view).to_contain_text("I load the points")
        expect(view).to_contain_text("Rate 2.0 it is")
        film.shoot()
    SCREENSHOTS.mkdir(exist_ok=True)
    film.write(PICTURE)
    assert PICTURE.stat().st_size < MAX_BYTES


def _smaller(frame: Image.Image) -> Image.Image:
    return frame.resize(
        (WIDTH, round(frame.height * WIDTH / frame.width)), Image.Resampling.LANCZOS
    )


def _photo(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(type="jpeg", quality=90)))


def _beside(desk: Image.Image, phone: Image.Image) -> Image.Image:
    """Put a photo of a phone, in a frame, to the right of one of a desk's screen."""
    height = desk.height - 2 * MARGIN
    phone = phone.resize((round(phone.width * height / phone.height), height))
    frame = Image.new("RGB", (desk.width + phone.width + 3 * MARGIN, desk.height), GROUND)
    frame.paste(desk, (0, 0))
    left, top = desk.width + MARGIN + MARGIN // 2, MARGIN
    ImageDraw.Draw(frame).rounded_rectangle(
        (left - BEZEL, top - BEZEL, left + phone.width + BEZEL, top + height + BEZEL),
        radius=RADIUS,
        fill=EDGE,
    )
    frame.paste(phone, (left, top))
    return frame
