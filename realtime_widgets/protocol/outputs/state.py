"""What the state of a run has of its outputs: the newest of each name, without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.outputs.event import Output

__all__ = ["MAX_OUTPUTS", "OutputState", "update_outputs"]

MAX_OUTPUTS = 30
"""Most outputs of a state; beyond that the one with the oldest event is left out."""


class OutputState(StatePart):
    """The newest output of a name, or one without a name."""

    name: str | None
    caption: str | None
    seq: int
    """The number of its event, which has the data."""


def update_outputs(outputs: list[OutputState], event: Output, seq: int) -> None:
    """Reduce an event into the outputs of a state: it replaces the one of its name."""
    output = OutputState(name=event.name, caption=event.caption, seq=seq)
    for index, known in enumerate(outputs):
        if known.name is not None and known.name == event.name:
            outputs[index] = output
            return
    outputs.append(output)
    if len(outputs) > MAX_OUTPUTS:
        outputs.remove(min(outputs, key=lambda each: each.seq))
