"""Rows of a terminal: text that is wrapped, cut and put side by side."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

__all__ = ["ends", "indented", "rule", "wrapped"]

_CONSOLE = Console(width=80)
"""The console that Rich needs to wrap text; nothing is written to it."""

ELLIPSIS = "…"


def wrapped(text: Text, width: int, most: int) -> list[Text]:
    """Return the rows of a text, and of more than `most` rows the first and how many are left."""
    rows = list(text.wrap(_CONSOLE, max(width, 1)))
    if len(rows) <= most:
        return rows
    left = len(rows) - most + 1
    return [*rows[: most - 1], Text(f"{ELLIPSIS} {left:,} more rows", "dim")]


def indented(first: Text, rest: list[Text], columns: int) -> list[Text]:
    """Return rows of which the first one begins with `first`, and all others with spaces."""
    rows = []
    for index, row in enumerate(rest):
        begin = first.copy() if index == 0 else Text(" " * columns)
        rows.append(begin.append_text(row))
    return rows


def ends(left: Text, right: Text, width: int) -> Text:
    """Return a row with text at both ends; the right one counts, the left one is cut."""
    room = width - right.cell_len - 1
    if not right or room < width // 3:
        row = left.copy()
        row.truncate(width, overflow="ellipsis")
        return row
    row = left.copy()
    row.truncate(room, overflow="ellipsis", pad=True)
    return row.append(" ").append_text(right)


def rule(title: Text, width: int, right: Text | None = None) -> Text:
    """Return a line across with a title and, at its end, another text."""
    row = Text.assemble(("─ ", "dim"), title, " ")
    end = Text.assemble(" ", right, (" ─", "dim")) if right else Text("─", "dim")
    row.append("─" * max(width - row.cell_len - end.cell_len, 0), "dim").append_text(end)
    row.truncate(width, overflow="ellipsis")
    return row
