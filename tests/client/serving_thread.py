"""Runs a server of the standard library in a thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import BaseServer

POLL_S = 0.01
"""How often the server looks whether it is to end."""

_Server = TypeVar("_Server", bound="BaseServer")


@contextmanager
def serving(server: _Server) -> Iterator[_Server]:
    """Serve requests in the block, and close the server after it."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(POLL_S,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
