"""Ctrl-C at a chosen moment.

Python looks for signals where a function of its own begins and where one in C has returned (and in
loops), and nowhere else: these are the moments at which a profiler is called.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextlib.contextmanager
def ctrl_c(moment: int, *files: str | None) -> Iterator[None]:
    """Raise KeyboardInterrupt at the moment with this number, from 0, in code of these files."""
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
