"""Ctrl-C at a chosen moment."""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
from typing import TYPE_CHECKING

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextlib.contextmanager
def ctrl_c(moment: int, *files: str | None) -> Iterator[None]:
    """Raise KeyboardInterrupt at the moment with this number, from 0, in code of these files.

    Python looks for signals where a function of Python begins and where one in C has returned (and
    in loops), and nowhere else: these are the moments at which a profiler is called.
    """
    left = moment

    def look(frame: FrameType, what: str, _: object) -> None:
        nonlocal left
        if what in {"call", "c_return"} and frame.f_code.co_filename in files:
            left -= 1
            if left < 0:
                sys.setprofile(before)
                raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextlib.contextmanager
def ctrl_c_while_waiting() -> Iterator[None]:
    """Press Ctrl-C as soon as what follows waits for another thread."""
    me = threading.get_ident()
    has_begun = False

    def waits() -> bool:
        code = sys._current_frames()[me].f_code  # noqa: SLF001 - nothing else shows where a thread is
        return has_begun and code.co_filename == threading.__file__

    def press() -> None:
        wait_until(waits, "it waits")
        _thread.interrupt_main()

    pressing = threading.Thread(target=press)
    pressing.start()
    has_begun = True
    yield
    pressing.join()
