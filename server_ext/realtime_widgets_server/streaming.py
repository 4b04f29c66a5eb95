"""Answers that are sent piece by piece, while they are made."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from realtime_widgets_server import api

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

__all__ = ["Streamed"]

PIECE_BYTES = 64 * 1024
"""How much a client has to receive within `api.RECEIVE_S`."""


class Streamed(api.Api):
    """Base of the handlers whose answers are longer than a page."""

    _is_left = False
    """Whether the client has closed the connection."""

    async def stream(self, pieces: AsyncGenerator[bytes], content_type: str) -> None:
        """Send pieces, each when the client has received the one before, and end the answer.

        It ends early where the client leaves, or is disconnected because it is too slow.

        Args:
            pieces: The answer; an empty piece only looks whether the client has left.
            content_type: What it is.
        """
        self.set_header("Content-Type", content_type)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")  # nginx would keep pieces back
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    for start in range(0, len(piece), PIECE_BYTES):
                        self.write(piece[start : start + PIECE_BYTES])
                        async with asyncio.timeout(api.RECEIVE_S):
                            await self.flush()
                    if self._is_left:
                        return
        except TimeoutError:
            self.disconnect()
        except StreamClosedError:
            pass  # the client left
        else:
            self.finish(set_content_type=content_type)

    def on_connection_close(self) -> None:
        """End the answer with the piece that is made now."""
        self._is_left = True
        super().on_connection_close()
