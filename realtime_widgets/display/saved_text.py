"""Text of a run as it may stand in a saved file.

All text of a snapshot passes through here. The result contains no control characters, no hidden
characters without a mark, no secrets of this process, no folders of a machine and no addresses of
objects, so that it can be shared, and so that executing a notebook again gives the same text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.display.hidden_text import mark_hidden
from realtime_widgets.protocol.terminal_text import lines_of, without_controls

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_LINE", "SavedText"]

MAX_LINE = 240

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# As they stand in JSON and in what `repr` gives: the arguments of a tool, a KeyError.
_ESCAPED_CONTROL = re.compile(r"\\(?:u00|x)([01][0-9a-fA-F]|7[fF]|[89][0-9a-fA-F])")

# `<Model object at 0x7f3a5c0d9e10>` has another address in each process.
_OBJECT_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-fA-F]{4,16}\b")

_START = r"(?:file://)?(?:/|[A-Za-z]:[\\/])(?!/)"  # and not that of http://host
_PATH = re.compile(
    # Between quotes a path may hold spaces; elsewhere it ends where most paths do.
    rf"""(?<=["'])(?P<quoted>{_START}[^"'\n]++)(?=["'])"""
    rf"""|(?<![\w.~/\\…-])(?P<bare>{_START}[^\s"'`<>|:;,()\[\]{{}}*?]++)"""
)

# A cell has a file name with the id of its process in it; which cell it was is not known here.
_CELL = re.compile(r"[\\/]ipykernel_\d+[\\/]+\d+\.py$")
_CELL_NAME = "<cell>"

# Where the folders of a machine and of its users are. Other paths may be those of a URL, and stay.
_MACHINE = re.compile(
    r"(?:file://)?(?:/(?:home|Users|root|tmp|var|private|opt|usr|mnt|media|srv|scratch)[\\/]"
    r"|[A-Za-z]:[\\/])"
)
_HOME = re.compile(r"(?:file://)?(?:[A-Za-z]:)?[\\/]+(?:home|Users)[\\/]+[^\\/]+[\\/]*$")
_SOURCE = re.compile(r"\.(?:py|pyx|pyi|ipynb|so|pyd)$")

# What a path to code in a library begins with on all machines.
_LIBRARY = re.compile(r".*[\\/](?:site-packages|dist-packages|python3\.\d+t?)[\\/]+(?=[^\\/])")
_FOLDERS = re.compile(r".*[\\/](?=[^\\/])")


@dataclass(frozen=True)
class SavedText:
    """Makes text fit to be saved.

    Attributes:
        redact: Replaces the secrets in a text.
    """

    redact: Callable[[str], str]

    def __call__(self, text: str, limit: int = MAX_LINE, *, keep_end: bool = False) -> str:
        """Return the text as it may be saved, in at most `limit` characters.

        Args:
            text: Any text that came from a run.
            limit: Where it is cut, with a mark.
            keep_end: Cut out its middle, as the end of a traceback is the error.
        """
        # In this order: no secret gets through because a limit cuts it.
        text = self._without_secrets(text)
        text = _PATH.sub(_without_folders, text)
        text = mark_hidden(_OBJECT_ADDRESS.sub("…", text))
        if len(text) <= limit:
            return text
        tail = 2 * limit // 3 if keep_end else 0
        return text[: limit - 1 - tail] + "…" + text[len(text) - tail :]

    def _without_secrets(self, text: str) -> str:
        unescaped = _ESCAPED_CONTROL.sub(lambda match: chr(int(match[1], 16)), text)
        # A secret that is interrupted by controls is found only without them.
        for bare in (without_controls(unescaped), _CONTROL.sub("", unescaped)):
            hidden = self.redact(bare)
            if hidden != bare:
                return hidden
        return self.redact("\n".join(lines_of(text)))


def _without_folders(match: re.Match[str]) -> str:
    path = match.group()
    if _CELL.search(path):
        return _CELL_NAME
    if _HOME.match(path):
        return "~"
    if not _MACHINE.match(path) and not _SOURCE.search(path):
        return path
    folders = _LIBRARY.match(path) or _FOLDERS.match(path)
    return f"…/{path[folders.end() :]}" if folders else path
