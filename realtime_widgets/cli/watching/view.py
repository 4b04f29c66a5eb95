"""What the terminal shows of a run: its panes, and what the user does in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from realtime_widgets.cli.watching.log_rows import log_rows
from realtime_widgets.cli.watching.pane import Pane
from realtime_widgets.cli.watching.timeline_rows import TimelineStyle, timeline_rows
from realtime_widgets.display.terminal.typed_line import TypedLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from realtime_widgets.cli.watching.followed_run import FollowedRun
    from realtime_widgets.cli.watching.log import Filter
    from realtime_widgets.cli.watching.log_items import LogItem
    from realtime_widgets.cli.watching.question_bar import QuestionBar
    from realtime_widgets.cli.watching.timeline import TimelineItem

__all__ = ["Connection", "Mode", "PaneName", "View"]

Mode = Literal["reading", "filtering", "answering", "stopping", "help"]
"""What keys do: in all modes but the first they are for one thing."""

PaneName = Literal["log", "timeline"]


@dataclass
class Connection:
    """The connection to the server."""

    is_open: bool = False
    lost_at: float | None = None
    """Since when the server is out of reach, in seconds since 1970; None while it is not."""

    similar: Sequence[str] = ()
    """Names of other runs, while this one has not begun."""


@dataclass
class View:
    """A run, and where the user is in it.

    Attributes:
        run: The run.
        bar: The open question that is shown; None where there is none.
    """

    run: FollowedRun
    bar: QuestionBar | None = None
    connection: Connection = field(default_factory=Connection)
    mode: Mode = "reading"
    chosen: PaneName | None = None
    """The pane that the user has chosen."""

    is_unfolded: bool = False
    is_loading: bool = False
    """Whether an earlier page is requested."""

    notice: str = ""
    """What went wrong or was done last; shown until the next key."""

    typed: TypedLine = field(default_factory=TypedLine)
    """The filter that is typed."""

    def __post_init__(self) -> None:
        self.log = Pane(lambda: self.run.log.shown, self._log_rows)
        self.timeline = Pane(lambda: self.run.timeline.items, self._timeline_rows)

    @property
    def focus(self) -> PaneName:
        """The pane that keys move: the chosen one, else the timeline where there are agents."""
        if not self.run.timeline.has_agents:
            return "log"
        return self.chosen or "timeline"

    @property
    def pane(self) -> Pane:
        """The same as an object."""
        return self.log if self.focus == "log" else self.timeline

    def set_filter(self, chosen: Filter) -> None:
        """Show other lines of the log, from the end on."""
        if chosen.problem:
            self.notice = chosen.problem
        elif chosen != self.run.log.filter:
            self.run.log.set_filter(chosen)
            self.log.to_end()

    def _log_rows(self, item: LogItem, width: int) -> Sequence[Text]:
        return log_rows(item, width, self.run.log.filter.text)

    def _timeline_rows(self, item: TimelineItem, width: int) -> Sequence[Text]:
        style = TimelineStyle(
            is_unfolded=self.is_unfolded,
            is_over=self.run.is_over,
            has_agents=self.run.timeline.has_several,
        )
        return timeline_rows(item, width, style)
