"""Finding text in the log of a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator


def find(view: Locator, text: str, *, count: int) -> None:
    """Type into the find box, and wait until so many lines are found and the newest is marked."""
    view.locator(".rtw-find").fill(text)
    expect(view.locator(".rtw-find-count")).to_have_text(f"{count} of {count}")
    expect(view.locator(".rtw-line-current")).to_contain_text(text)
