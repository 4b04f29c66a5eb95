"""The keys, as `?` shows them, and the most useful ones at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from realtime_widgets.cli.watching.view import View

__all__ = ["footer", "help_rows"]

_HELP = (
    ("↑ ↓  j k", "scroll by a line"),
    ("PgUp PgDn", "scroll by a page; also b and Space"),
    ("Home  g", "to the beginning"),
    ("End  G", "to the end, which is then followed"),
    ("Tab", "from the log to the timeline and back"),
    ("/", "show only lines of the log with a text"),
    ("l", "show only warnings and errors, only errors, or all"),
    ("f", "unfold what is done: steps, arguments, results, reasoning"),
    ("a", "answer the open question; Esc leaves it open"),
    ("n", "show the next open question"),
    ("s", "stop the run, after a confirmation"),
    ("q", "quit; the run continues"),
)

_COLUMNS = 12


def help_rows() -> list[Text]:
    """Return the keys and what they do."""
    return [Text.assemble((f"  {keys:<{_COLUMNS}}", "bold"), words) for keys, words in _HELP]


def footer(view: View) -> Text:
    """Return what the last row shows: keys, a notice, or what is typed."""
    match view.mode:
        case "filtering":
            return Text.assemble(
                ("/", "bold"), f"{view.typed.text}▏", _keys(("Enter", "keep"), ("Esc", "remove"))
            )
        case "stopping":
            question = f"Stop {view.run.sprint_id}?"
            return Text.assemble((question, "bold"), _keys(("y", "stop it"), ("n", "no")))
        case "answering":
            return _keys(("Enter", "send"), ("Esc", "leave it open"))
        case "help":
            return _keys(("?", "back"), ("q", "quit"))
        case "reading":
            return Text(view.notice, "bold") if view.notice else _of_reading(view)


def _of_reading(view: View) -> Text:
    keys = [("q", "quit"), ("?", "keys")]
    if view.run.timeline.has_agents:
        keys.append(("Tab", "timeline" if view.focus == "log" else "log"))
    keys += [("/", "filter"), ("l", "level"), ("f", "fold" if view.is_unfolded else "unfold")]
    if view.run.can_stop:
        keys.append(("s", "stop"))
    return _keys(*keys)


def _keys(*keys: tuple[str, str]) -> Text:
    row = Text()
    for key, word in keys:
        row.append("  ").append(key, "bold").append(f" {word}", "dim")
    return row
