r"""Which stored batches need not be parsed to know that a text is in none of their lines.

The stored bytes are JSON. Most batches are regular: their only escapes are \n, \t, \" and \\, and
they have no control characters. In those a line of a message is in the bytes as it is shown, so a
text whose own JSON is not in the bytes is in no line. Colours, and carriage returns at the end of
lines, are removed from the bytes first. Any other batch has to be parsed.

A level above `info`, which is that of an event without one, is in the bytes of its event as a JSON
text, unless an escape hides it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic_core import to_json

from realtime_widgets.protocol.search.folding import FOLDED_TO_ASCII, fold
from realtime_widgets.protocol.search.query import LEVELS

if TYPE_CHECKING:
    from realtime_widgets.protocol.search.query import SearchQuery

__all__ = ["Prefilter"]

_ESCAPED_BACKSLASH = rb"\\"
_MARK = b"\x00"
"""Replaces an escaped backslash, so that what follows it does not look like an escape."""

_IRREGULAR_ESCAPE = re.compile(rb'\\[^nt"]')

_UNICODE_ESCAPE = rb"\u"

_COLOUR = re.compile(rb"\\u001[bB]\[[0-9;:]{0,1000}m")

_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")


class Prefilter:
    """Looks for the text and the level of a query in stored batches.

    Args:
        query: The query; of a regular expression only the level is looked for.
    """

    def __init__(self, query: SearchQuery) -> None:
        rank = LEVELS.index(query.level)
        has_default = rank <= LEVELS.index("info")
        self._levels = [] if has_default else [b'"%b"' % level.encode() for level in LEVELS[rank:]]
        self._has_text = query.text is not None and not query.regex
        self._case = query.case
        text = (query.text or "") if query.case else fold(query.text or "")
        self._needle = to_json(text)[1:-1].replace(_ESCAPED_BACKSLASH, _MARK)
        self._others = [
            other.encode() for other, letter in FOLDED_TO_ASCII.items() if letter in text
        ]

    def passes(self, raw: bytes) -> bool:
        """Return False where no line of a batch has the level and contains the text.

        Args:
            raw: The JSON array of its events, as it is stored.
        """
        raw = raw.replace(_ESCAPED_BACKSLASH, _MARK)
        if self._levels and not self._may_have_level(raw):
            return False
        return not self._has_text or self._may_have_text(raw)

    def _may_have_level(self, raw: bytes) -> bool:
        if any(level in raw for level in self._levels):
            return True
        return _UNICODE_ESCAPE in raw and _UNICODE_ESCAPE in _COLOUR.sub(b"", raw)

    def _may_have_text(self, raw: bytes) -> bool:
        if self._occurs(raw):
            return True
        if b"\\" not in raw:
            return not _is_without_controls(raw)
        raw = _COLOUR.sub(b"", raw).replace(rb"\r\n", rb"\n")
        if _IRREGULAR_ESCAPE.search(raw) or not _is_without_controls(raw):
            return True
        return self._occurs(raw)

    def _occurs(self, raw: bytes) -> bool:
        if self._case:
            return self._needle in raw
        if not self._needle.isascii():
            return self._needle in fold(raw.decode()).encode()
        return self._needle in raw.lower() or any(other in raw for other in self._others)


def _is_without_controls(raw: bytes) -> bool:
    """Whether there are no control characters, which JSON has without an escape beyond 0x7f."""
    return b"\x7f" not in raw and (raw.isascii() or _C1_CONTROL.search(raw) is None)
