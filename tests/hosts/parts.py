"""The claim that tools, charts and files are drawn in every host while its cell is busy.

Their code is no part of the bundle: a view loads it from the server or from the kernel.
"""

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import expect

from .moving import STATUS, expect_ended, expect_lines, expect_moving, reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from realtime_widgets import Sprint

TOOL = re.compile("^tool sql, (done|answered)")
CHART = ".rtw-chart canvas"
PICTURE = (96, 96)

PUBLISH = """
import base64
from IPython.display import Image

with sprint.tool("sql", query="select 1") as tool:
    tool.result([{{"id": 1}}])
for step in range(50):
    sprint.metrics({{"loss": 1 / (step + 1)}}, step=step)
sprint.show(Image(data=base64.b64decode({picture!r}), format="png"), name="plot")
while not Path({drawn!r}).exists():
    time.sleep(0.05)
"""


def parts_after(seen: Path) -> str:
    """Return what a cell publishes after its lines, and then waits until that is drawn.

    Args:
        seen: The file of `publishing`.
    """
    return PUBLISH.format(drawn=str(drawn_mark(seen)), picture=picture())


def publish_parts(sprint: Sprint) -> None:
    """Publish the same from this process."""
    with sprint.tool("sql", query="select 1") as tool:
        tool.result([{"id": 1}])
    for step in range(50):
        sprint.metrics({"loss": 1 / (step + 1)}, step=step)
    sprint.show(Image.radial_gradient("L").resize(PICTURE), name="plot")


def expect_moving_whole_and_drawn(
    view: Locator, seen: Path, photograph: Callable[[str], object] = lambda _: None
) -> None:
    """Expect the view to follow the cell, what `parts_after` publishes, and then all lines.

    Args:
        view: The live view.
        seen: The file for which the cell waits.
        photograph: Called with "tool", "chart", "file" and "lines" when each of them is seen.
    """
    read = reading(view)
    expect_moving(read)
    seen.touch()
    expect_drawn(view, photograph)
    assert read(STATUS) == ["Running"], "the cell is busy"
    drawn_mark(seen).touch()
    expect_ended(read)
    open_tab(view, "Log")
    expect_lines(read)
    photograph("lines")


def expect_drawn(view: Locator, photograph: Callable[[str], object] = lambda _: None) -> None:
    """Expect the tool, the chart and the picture, each drawn by the code that is loaded for it.

    A wide page has two panes, which may show the same part.
    """
    view.evaluate("view => view.scrollIntoView({ block: 'center' })")
    expect(view.get_by_role("article", name=TOOL).first).to_be_visible()
    photograph("tool")
    open_tab(view, "Metrics")
    expect(view.locator(CHART).first).to_be_visible()
    photograph("chart")
    open_tab(view, "Files")
    expect(view.get_by_role("button", name="plot", exact=True).locator("img").first).to_be_visible()
    photograph("file")


def open_tab(view: Locator, name: str) -> None:
    view.get_by_role("tab", name=name).first.click()


def drawn_mark(seen: Path) -> Path:
    """The file for which the cell waits at its end."""
    return seen.with_suffix(".drawn")


def picture() -> str:
    """A PNG that can be recognised in a screenshot, in base64."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize(PICTURE).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()
