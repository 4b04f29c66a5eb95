"""What holds for all tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

BROWSER_TESTS = Path(__file__).with_name("e2e")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the browser tests out of a run that does not name them.

    Playwright keeps an event loop running in the main thread, and pytest-jupyter closes the one
    that it finds there: the two cannot share a process.
    """
    named = any("e2e" in Path(argument.partition("::")[0]).parts for argument in config.args)
    return True if collection_path == BROWSER_TESTS and not named else None
