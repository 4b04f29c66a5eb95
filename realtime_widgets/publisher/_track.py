"""Progress of a loop, as `tqdm` users know it."""

from __future__ import annotations

import contextlib
import operator
import time
from typing import TYPE_CHECKING, Literal, TypeVar

from realtime_widgets.publisher._outbox import told_if_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from realtime_widgets.publisher._sprint import Sprint

__all__ = ["track"]

Item = TypeVar("Item")

EVERY_S = 0.1
"""How long to wait between two events: an eye sees no more, and a tight loop must not flood."""


def track(  # noqa: PLR0913 - as `Sprint.track`
    sprint: Sprint,
    iterable: Iterable[Item],
    task: str,
    *,
    total: int | None,
    unit: str | None,
    parent: str | None,
) -> Iterator[Item]:
    """See `Sprint.track`."""
    if total is None:
        # 0 is what length_hint says when it does not know, and an empty loop needs no bar.
        with contextlib.suppress(Exception):  # a length that raises is one that is not known
            total = operator.length_hint(iterable) or None
    done = 0

    def tell(state: Literal["running", "succeeded", "failed"]) -> None:
        sprint.progress(task, done, total, unit=unit, parent=parent, state=state)

    tell("running")
    told_at = time.monotonic()
    has_ended = False
    try:
        for item in iterable:
            yield item
            done += 1
            now = time.monotonic()
            if now - told_at >= EVERY_S:
                told_at = now
                tell("running")
        has_ended = True
    finally:
        with told_if_full():
            tell("succeeded" if has_ended else "failed")
