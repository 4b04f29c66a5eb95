"""HTML of a snapshot: escaped text, in elements with inline styles.

Inline styles only, because applications that show a notebook strip the rest, and colours that can
be read on white and black. No line break, because an empty line ends a block of HTML in Markdown.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["QUIET", "TEXT", "TIME", "div", "quiet", "safe", "time", "tint"]

TIME = "realtime-widgets-time"
"""The class of spans with what differs each time when a run is repeated, such as when it began."""

# Apart, so that a name of the other direction beside it does not change its order.
QUIET = "opacity:.75;unicode-bidi:isolate"
# Each paragraph in its own direction; combining marks are not painted over other texts.
TEXT = "white-space:pre-wrap;overflow-wrap:anywhere;overflow:hidden;unicode-bidi:plaintext"


def safe(text: str) -> str:
    """Escape a text that does not stand in an attribute."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def div(style: str, content: str) -> str:
    """Return a block of this style around HTML."""
    return f'<div style="{style}">{content}</div>'


def quiet(words: Iterable[str]) -> str:
    """Return words beside a name, with less contrast; "" for none."""
    shown = " · ".join(map(safe, filter(None, words)))
    return f' <span style="{QUIET}">{shown}</span>' if shown else ""


def time(words: Iterable[str]) -> str:
    """Return words that differ each time when a run is repeated; "" for none."""
    shown = " · ".join(map(safe, filter(None, words)))
    return f' <span class="{TIME}" style="{QUIET}">{shown}</span>' if shown else ""


def tint(colour: str, share: float) -> str:
    """Return a colour, `#rrggbb`, as a transparent one."""
    parts = ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return f"rgba({parts},{share:g})"
