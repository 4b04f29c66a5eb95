"""What models stream, as text: strings, bytes, content blocks, and nothing."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from itertools import islice

from realtime_widgets.client.publishing.fit import text

__all__ = ["Joiner"]

MAX_DEPTH = 8
"""Levels of content that are looked through: a message, its blocks, and a block's own content."""

MAX_BLOCKS = 10_000
"""Blocks of one piece that are looked at."""

_FIELDS = ("text", "content", "delta")
"""Where messages, blocks and chunks have their text."""


class Joiner:
    """Joins the pieces of one text. Bytes may end in the middle of a character."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, piece: object) -> str:
        """Return the text that a piece adds."""
        if type(piece) is str:
            return piece
        if type(piece) is bytes or type(piece) is bytearray:
            return self._decoder.decode(piece)
        return _words(piece, MAX_DEPTH)

    def finish(self) -> str:
        """Return what is left of a character that was not completed."""
        return self._decoder.decode(b"", final=True)


def _words(piece: object, depth: int) -> str:
    if piece is None or depth == 0:
        return ""
    try:
        return _inside(piece, depth - 1)
    except Exception:  # noqa: BLE001 - code of another package
        return text(piece)


def _inside(piece: object, depth: int) -> str:
    if isinstance(piece, str | bytes | bytearray):
        return text(piece)
    if isinstance(piece, Mapping):
        found = [piece[field] for field in _FIELDS if field in piece]
        # A block of another kind, such as a picture, has no words.
        if found or "type" in piece:
            return _words(next((each for each in found if each is not None), None), depth)
    elif isinstance(piece, list | tuple):
        return "".join(_words(each, depth) for each in islice(piece, MAX_BLOCKS))
    else:
        for field in _FIELDS:
            held = getattr(piece, field, None)
            if isinstance(held, str | bytes | list | tuple | Mapping):
                return _words(held, depth)
    return text(piece)
