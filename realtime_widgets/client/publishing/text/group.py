"""Groups of log lines, in the form that GitHub Actions has for them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.fit import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["group"]


@contextmanager
def group(log: Callable[[str], None], title: object) -> Iterator[None]:
    """Publish the two lines around a group; see `Publisher.group`."""
    log(f"::group::{' '.join(text(title).split())}")
    try:
        yield
    finally:
        log("::endgroup::")
