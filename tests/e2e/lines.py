"""How many lines of a run's log a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Of "1,234 lines", and of "1 of 1,234 lines" where a filter is set.
COUNT = """selector => {
    const text = document.querySelector(`${selector} .rtw-log-count`)?.textContent ?? "";
    return Number(/([0-9,]+) lines?$/.exec(text.trim())?.[1].replaceAll(",", "") ?? 0);
}"""


def wait_for_lines(page: Page, view: str, *, more_than: int | None = None) -> int:
    """Wait until the first view that matches has more lines than so many, or than now.

    Returns:
        How many it has.
    """
    least = page.evaluate(COUNT, view) if more_than is None else more_than
    page.wait_for_function(f"([view, least]) => ({COUNT})(view) > least", arg=[view, least])
    return int(page.evaluate(COUNT, view))
