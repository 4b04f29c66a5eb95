"""The line that is being typed, where the terminal itself shows no keys."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TypedLine"]

MAX_CHARACTERS = 8_192

ENTER, ERASE, ERASE_WORD, ERASE_LINE, ESCAPE = "\r\n", "\x7f\b", "\x17", "\x15", "\x1b"


class TypedLine:
    """Takes the bytes of keys, and gives the lines that are complete."""

    def __init__(self) -> None:
        self.text = ""
        """What has been typed of the line so far."""

        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_in_escape = False

    def take(self, keys: bytes) -> Iterator[str]:
        """Take keys; yield each line that ends with them."""
        for key in self._decoder.decode(keys):
            if self._is_in_escape:
                # An arrow or function key, which moves no cursor here, ends with a letter or `~`.
                self._is_in_escape = not (key.isalpha() or key == "~") or key == "O"
            elif key in ENTER:
                line, self.text = self.text, ""
                yield line
            else:
                self._edit(key)

    def _edit(self, key: str) -> None:
        if key == ESCAPE:
            self._is_in_escape = True
        elif key in ERASE:
            self.text = self.text[:-1]
        elif key == ERASE_WORD:
            self.text = self.text.rstrip().rpartition(" ")[0]
        elif key == ERASE_LINE:
            self.text = ""
        elif key.isprintable() and len(self.text) < MAX_CHARACTERS:
            self.text += key
