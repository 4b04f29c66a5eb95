"""How an item of the log is drawn."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.text import Text

from realtime_widgets.cli.watching.rows import indented, wrapped
from realtime_widgets.display.terminal.marks import LEVEL_STYLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.cli.watching.log_items import LogItem

__all__ = ["log_rows"]

MAX_ROWS = 400
"""Rows of one item; `rtw tail` writes all."""

TIME = "%H:%M:%S "

INDENT = 11
"""Columns of the time and the mark."""

TEXT_STYLES = {"debug": "dim", "error": LEVEL_STYLES["error"], "critical": LEVEL_STYLES["critical"]}
"""Levels of which the text has a colour, too; yellow text could not be read on white."""

MATCH = "bold underline"


@lru_cache(maxsize=4_000)
def log_rows(item: LogItem, width: int, match: str) -> Sequence[Text]:
    """Return the rows of an item.

    Args:
        item: The item.
        width: Columns.
        match: A text that stands out; "" for none.
    """
    first = Text.assemble((_time(item), "dim"), (item.mark, item.style), " ")
    text = Text(item.text, TEXT_STYLES.get(item.level or "", ""))
    if match:
        text.highlight_words([match], MATCH, case_sensitive=False)
    if item.source:
        text = Text.assemble((f"{item.source} ", "dim"), text)
    return indented(first, wrapped(text, width - INDENT, MAX_ROWS), INDENT)


def _time(item: LogItem) -> str:
    try:
        return " " * 9 if item.time is None else time.strftime(TIME, time.localtime(item.time))
    except (ValueError, OverflowError, OSError):  # no calendar reaches that far
        return " " * 9
