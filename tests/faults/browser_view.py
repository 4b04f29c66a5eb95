"""The page of a run in a real browser, whose reader scrolls while faults happen."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Self

from playwright.async_api import async_playwright

from tests.browsers import BROWSER_FLAGS, BROWSERS
from tests.waiting import PATIENCE_MS

if TYPE_CHECKING:
    from .clients import Address

SCROLL_FROM_TIME_TO_TIME = """log => {
    window.scrolling = setInterval(() => {
        const isAtEnd = Math.random() < 0.2;
        log.scrollTop = isAtEnd ? log.scrollHeight : Math.random() * log.scrollHeight;
    }, 150);
}"""

# The waits between attempts to connect end when the browser reports that it is online.
IS_AT_END = """last => {
    window.dispatchEvent(new Event('online'));
    const log = document.querySelector('[role=log]');
    log.scrollTop = log.scrollHeight;
    return [...log.querySelectorAll('.rtw-line-log .rtw-line-text')]
        .some(text => `${text.textContent} `.startsWith(`${last} `));
}"""

# Waits at each place until its lines are loaded; a page that could not be loaded is loaded again.
SCROLL_THROUGH = """async log => {
    clearInterval(window.scrolling);
    const frame = () => new Promise(requestAnimationFrame);
    const rows = new Map();
    for (let top = 0; top < log.scrollHeight; top += log.clientHeight / 2) {
        log.scrollTop = top;
        do {
            await frame();
            await frame();
            log.querySelector('.rtw-unloaded button')?.click();
        } while (log.querySelector('.rtw-unloaded'));
        const above = log.getBoundingClientRect().top - log.scrollTop;
        for (const row of log.querySelectorAll('.rtw-line-log')) {
            const at = Math.round(row.getBoundingClientRect().top - above);
            rows.set(at, row.querySelector('.rtw-line-text').textContent);
        }
    }
    return [...rows].sort((a, b) => a[0] - b[0]).map(([, text]) => text);
}"""


class BrowserView:
    """The page of a run; an async context manager.

    Args:
        address: The run, through the network that fails.
    """

    def __init__(self, address: Address) -> None:
        self._url = f"http://127.0.0.1:{address.port}/realtime/sprints/{address.sprint_id}"
        self._token = address.token

    async def __aenter__(self) -> Self:
        self._playwright = await async_playwright().start()
        installed = next(filter(None, map(shutil.which, BROWSERS)), None)
        self._browser = await self._playwright.chromium.launch(
            executable_path=installed, args=list(BROWSER_FLAGS)
        )
        self._page = await self._browser.new_page()
        self._page.set_default_timeout(PATIENCE_MS)
        await self._page.goto(f"{self._url}?token={self._token}")
        self._log = self._page.get_by_role("log")
        await self._log.locator(".rtw-line-log").first.wait_for()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._browser.close()
        await self._playwright.stop()

    async def scroll_from_time_to_time(self) -> None:
        """Scroll to random places until `lines`."""
        await self._log.evaluate(SCROLL_FROM_TIME_TO_TIME)

    async def lines(self, last: str) -> list[str]:
        """Wait until the log ends with a line, and return the texts of all lines, as shown.

        Args:
            last: How the line begins.
        """
        await self._log.evaluate("() => clearInterval(window.scrolling)")
        await self._page.wait_for_function(IS_AT_END, arg=last)
        await self._log.evaluate(SCROLL_THROUGH)  # what is loaded only now has another height
        lines: list[str] = await self._log.evaluate(SCROLL_THROUGH)
        return lines
