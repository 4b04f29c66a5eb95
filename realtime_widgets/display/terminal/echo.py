"""Shows a run in the terminal of a script, while its block is open.

It shows what passes through the run's outbox, so that the other objects and threads of this process
that publish to the run are seen, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from realtime_widgets.client.page_url import page_url
from realtime_widgets.display.terminal.row import Row
from realtime_widgets.display.terminal.screen import screen

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.outbox.metric_rows import Row as MetricRow
    from realtime_widgets.client.publishing.outbox.outbox import Outbox
    from realtime_widgets.client.target import PublishTarget

__all__ = ["Echo", "start_echo"]


class Echo:
    """The row of a run in the terminal, until `end`.

    Args:
        outbox: What the run is published through.
        target: Where it is published to.
        sprint_id: The run.
    """

    def __init__(self, outbox: Outbox, target: PublishTarget, sprint_id: str) -> None:
        self._outbox = outbox
        self._row = Row(sprint_id)
        self._shows_lines = True
        self._screen = screen()
        first = Text.assemble(("▶ ", "cyan"), sprint_id)
        if target.is_server:
            first.append(f"  {page_url(target, sprint_id)}", "dim")
        self._screen.add(self._row, first)
        outbox.set_listener(self._take)

    def _take(self, event: dict[str, Any] | MetricRow) -> None:
        if isinstance(event, dict) and (self._shows_lines or event["type"] != "log"):
            self._row.take(event)
            self._screen.wake()

    def hide_lines(self) -> None:
        """Show no more lines of the log."""
        self._shows_lines = False

    def end(self) -> None:
        """Leave a line with the status of the run, and show nothing more."""
        self._outbox.set_listener(None)
        self._screen.remove(self._row)


def start_echo(outbox: Outbox, target: PublishTarget, sprint_id: str) -> Echo | None:
    """Show a run until `Echo.end`; None where another object shows it already."""
    return None if outbox.has_listener else Echo(outbox, target, sprint_id)
