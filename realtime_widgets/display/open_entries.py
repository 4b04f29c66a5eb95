"""What one agent has begun and not ended, and what ends it besides its own end.

Chunks have no end: the next event of the same stream of work ends them. The end of a run ends what
began in it, and the end of a sub-agent what was its own. The rules are those of the live view,
`frontend/src/model/timeline.ts`; `tests/vectors/transcript.json` holds both to them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.display.entry import Entry, Kind

__all__ = ["OpenEntries"]

# Types of AG-UI that end the chunks of the sub-agent that they come from.
_ENDS_CHUNKS = re.compile(
    r"(?:TEXT_MESSAGE_|TOOL_CALL_|STATE_|STEP_|CUSTOM\Z|THINKING_|REASONING_(?!ENCRYPTED)"
    r"|SUBAGENT_(?!STARTED))"
)

# Types that end all chunks of an agent.
_ENDS_ALL_CHUNKS = re.compile(r"(?:RUN_|MESSAGES_SNAPSHOT\Z)")


class _Origin(NamedTuple):
    """Where an entry began."""

    run: str
    """Id of the run; "" where none is known."""

    owner: str
    """Id of the sub-agent; "" for the agent itself."""


class OpenEntries:
    """The entries of one agent that are open, or wait for a result."""

    def __init__(self) -> None:
        self._open: dict[Entry, _Origin] = {}
        self._steps: defaultdict[tuple[str, str | None], dict[Entry, None]] = defaultdict(dict)
        """Open steps by sub-agent and name, and all of a sub-agent with None as the name."""
        self._lanes: dict[str, Entry] = {}
        """The entry that chunks go on with, by sub-agent."""
        self._runs: dict[str, None] = {}
        """Ids of the runs that go on, the newest last."""
        self.time: float | None = None
        """The time of the current event, in seconds since 1970; None where it has none."""

    def begin(self, entry: Entry, owner: str) -> None:
        """Take an entry that is open from now on."""
        if entry.kind != "tool" and entry.began is None:
            entry.began = self.time
        self._open[entry] = _Origin(next(reversed(self._runs), ""), owner)
        if entry.kind == "step":
            self._steps[owner, None][entry] = self._steps[owner, entry.title][entry] = None

    def wait(self, entry: Entry) -> None:
        """Let a tool call wait for its result, now that its arguments are whole."""
        if entry.state == "open":
            entry.state, entry.began = "waiting", self.time

    def newest_step(self, owner: str, title: str | None = None) -> Entry | None:
        """Return the newest open step of a sub-agent, of this name where one is given."""
        steps = self._steps[owner, title]
        return next(reversed(steps)) if steps else None

    def forget(self, entry: Entry) -> None:
        """Leave an entry alone that has ended."""
        origin = self._open.pop(entry, None)
        if origin is not None:
            entry.ended = self.time
        if origin is not None and entry.kind == "step":
            del self._steps[origin.owner, None][entry]
            del self._steps[origin.owner, entry.title][entry]
        for owner in [owner for owner, lane in self._lanes.items() if lane is entry]:
            del self._lanes[owner]

    def lane_of(self, kind: Kind, owner: str) -> Entry | None:
        """Return the entry that a chunk without an id goes on with."""
        lane = self._lanes.get(owner)
        if lane is not None and lane.kind == kind:
            return lane
        others = [other for other in self._lanes.values() if other.kind == kind]
        return others[0] if not owner and len(others) == 1 else None

    def set_lane(self, entry: Entry, owner: str) -> None:
        """Let chunks go on with an entry; what they went on with before has ended."""
        if entry in self._lanes.values():
            return
        self._end_lane(owner)
        self._lanes[owner] = entry

    def note(self, kind: str, owner: str) -> None:
        """Take note of the type of an event that is no chunk."""
        if _ENDS_ALL_CHUNKS.match(kind):
            for lane in list(self._lanes):
                self._end_lane(lane)
        elif _ENDS_CHUNKS.match(kind):
            self._end_lane(owner)

    def begin_run(self, run: str) -> None:
        """Let what begins from now on belong to a run."""
        self._runs.pop(run, None)
        self._runs[run] = None

    def end_run(self, run: str, *, broken_off: bool) -> None:
        """End what began in a run; all that is open where no other run of the agent goes on."""
        is_known = run in self._runs
        self._runs.pop(run, None)
        ends_all = not is_known or not self._runs
        if ends_all:
            self._runs.clear()
        self._end(lambda origin: ends_all or origin.run == run, broken_off=broken_off)

    def end_subagent(self, owner: str, *, broken_off: bool) -> None:
        """End what a sub-agent began."""
        if owner:
            self._end(lambda origin: origin.owner == owner, broken_off=broken_off)

    def _end_lane(self, owner: str) -> None:
        entry = self._lanes.pop(owner, None)
        if entry is None or entry.state != "open":
            return
        if entry.kind == "tool":
            self.wait(entry)
        else:
            entry.state = "done"
            self.forget(entry)

    def _end(self, is_meant: Callable[[_Origin], bool], *, broken_off: bool) -> None:
        for entry, origin in list(self._open.items()):
            if is_meant(origin):
                entry.state = "unfinished" if broken_off or entry.kind == "tool" else "done"
                self.forget(entry)
