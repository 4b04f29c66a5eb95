"""A pseudo-terminal for a command, so that it writes as it does for a person."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from realtime_widgets.client.publishing.screen import HEIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["ENVIRONMENT", "check_terminals", "terminal"]

WIDTH = 120

ENVIRONMENT: Mapping[str, str] = {
    "TERM": "xterm-256color",
    "COLUMNS": str(WIDTH),
    "LINES": str(HEIGHT),
    # A pager would wait for a key.
    "PAGER": "cat",
    "GIT_PAGER": "cat",
}
"""What programs expect to be set on a terminal."""


def check_terminals() -> None:
    """Refuse where there are no pseudo-terminals.

    Raises:
        ValueError: This is Windows.
    """
    if not hasattr(os, "openpty"):
        raise ValueError("pty=True needs a POSIX system: Windows has no pseudo-terminals")


@contextmanager
def terminal() -> Iterator[tuple[IO[bytes], int]]:
    """Open a pseudo-terminal.

    Yields:
        What is written to it; and the file descriptor for the command, which is closed afterwards.
    """
    import termios

    ours, theirs = os.openpty()
    output = open(ours, "rb", buffering=0)  # noqa: PTH123, SIM115 - a descriptor, which stays open
    try:
        termios.tcsetwinsize(theirs, (HEIGHT, WIDTH))
        attributes = termios.tcgetattr(theirs)
        # There is no input: nothing to echo, and a read from the terminal returns at once.
        attributes[3] &= ~(termios.ECHO | termios.ICANON)
        attributes[6][termios.VMIN] = attributes[6][termios.VTIME] = 0
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        yield output, theirs
    except BaseException:
        output.close()
        raise
    finally:
        os.close(theirs)
