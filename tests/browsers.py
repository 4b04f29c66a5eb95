"""The browser of the tests: which one, and how it is started."""

from __future__ import annotations

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Programs of the system, the first of which is used where it is there."""

BROWSER_FLAGS = (
    "--no-sandbox",  # Chromium's sandbox refuses root, and a container has its own
    "--disable-dev-shm-usage",  # a container's /dev/shm is too small for a page like Lab
    "--disable-gpu",
    "--disable-smooth-scrolling",  # a click beside a row that still moves misses it
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
