"""The MIME bundle of a cell output, which needs neither kernel nor script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.history import reading
from realtime_widgets.client.redaction import redact
from realtime_widgets.client.unknown_run import NO_SUCH_RUN, other_case, similar_words
from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.snapshot import Snapshot, build_snapshot
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from realtime_widgets.client.history import RunReader
    from realtime_widgets.client.target import LogPosition, Target

__all__ = [
    "MIME_TYPE",
    "Bundle",
    "RunOutput",
    "output_of",
    "read_output",
    "try_to_read_output",
    "unread_output",
]

MIME_TYPE = "application/vnd.realtime-widgets.sprint.v1+json"
"""MIME type that the JupyterLab extension renders live, without a kernel. It contains the name of
the run, the maximum height of its view, whether the HTML of the bundle has a run's state, and the
comm of the widget that shows the run in the same cell, if there is one."""

LATER = "it is shown here as soon as it begins"
UNREAD = "no snapshot yet"
UNREADABLE = "no snapshot: the server cannot be read; realtime_widgets.doctor() shows why"

Bundle = dict[str, Any]


@dataclass(frozen=True)
class RunOutput:
    """A run as it was at a moment.

    Attributes:
        position: How far its log was; None where it could not be read.
    """

    target: Target
    snapshot: Snapshot
    position: LogPosition | None

    def bundle(self, height: str, comm_id: str | None = None) -> Bundle:
        """Return an output that shows it.

        Args:
            height: Maximum height of the view, as in CSS, where it is live.
            comm_id: The comm of the widget in the same cell. A page that was loaded while the cell
                runs does not have the widget, and follows the run over its comm.
        """
        bundle: Bundle = {"text/html": as_html(self.snapshot), "text/plain": as_text(self.snapshot)}
        if self.target.is_server or comm_id is not None:
            bundle[MIME_TYPE] = {
                "sprint_id": self.snapshot.name,
                "height": height,
                "snapshot": self.snapshot.status is not None,
            }
        if comm_id is not None:
            bundle[MIME_TYPE] |= {"comm_id": comm_id, "is_on_server": self.target.is_server}
        return bundle


def read_output(target: Target, sprint_id: str) -> RunOutput:
    """Read a run.

    Raises:
        ServerNotFoundError: It cannot be read.
    """
    with reading(target, sprint_id) as run:
        return output_of(run)


def output_of(run: RunReader) -> RunOutput:
    """Read what the output of a run shows.

    Raises:
        ServerNotFoundError: It cannot be read.
    """
    position, similar = run.head
    state = run.state()
    if state is None:
        snapshot = _no_such_run(run.sprint_id, similar)
    else:
        snapshot = build_snapshot(state, run.newest(), redact)
    return RunOutput(run.target, snapshot, position)


def _no_such_run(sprint_id: str, similar: list[str]) -> Snapshot:
    later = [] if other_case(sprint_id, similar) else [LATER]
    remarks = [NO_SUCH_RUN, similar_words(sprint_id, similar), *later]
    return Snapshot(sprint_id, remarks=list(filter(None, remarks)))


def try_to_read_output(target: Target, sprint_id: str) -> RunOutput:
    """Read a run; return an output with `UNREADABLE` if the server cannot be read."""
    try:
        return read_output(target, sprint_id)
    except ServerNotFoundError:
        # Not the reason: it may hold an address or a path, which is nothing for a saved file.
        return RunOutput(target, Snapshot(sprint_id, remarks=[UNREADABLE]), None)


def unread_output(target: Target, sprint_id: str) -> RunOutput:
    """Return what is shown of a run until it is read, for code that cannot wait for a server."""
    return RunOutput(target, Snapshot(sprint_id, remarks=[UNREAD]), None)
