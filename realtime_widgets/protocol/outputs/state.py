"""What the state of a run has of its outputs: the newest of each name, without its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from realtime_widgets.protocol.outputs.blob import OutputBlob
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from realtime_widgets.protocol.outputs.blob import BlobUpload
    from realtime_widgets.protocol.outputs.event import Output

__all__ = ["MAX_OUTPUTS", "FailedUpload", "OutputState", "update_outputs", "update_uploads"]

MAX_OUTPUTS = 30
"""Most outputs of a state; beyond that the one with the oldest event is left out."""


class FailedUpload(StatePart):
    """Why the blob of an output is not there."""

    state: Literal["waiting", "refused"]
    message: str | None


class OutputState(StatePart):
    """The newest output of a name, or one without a name."""

    name: str | None
    caption: str | None
    seq: int
    """The number of its event, which has the data."""

    blob: OutputBlob | None = None
    upload: FailedUpload | None = None
    """Of the blob; None where its upload has not failed, or has succeeded after that."""


def update_outputs(outputs: list[OutputState], event: Output, seq: int) -> None:
    """Reduce an event into the outputs of a state: it replaces the one of its name."""
    output = OutputState(name=event.name, caption=event.caption, seq=seq, blob=event.blob)
    for index, known in enumerate(outputs):
        if known.name is not None and known.name == event.name:
            outputs[index] = output
            return
    outputs.append(output)
    if len(outputs) > MAX_OUTPUTS:
        outputs.remove(min(outputs, key=lambda each: each.seq))


def update_uploads(outputs: list[OutputState], event: BlobUpload) -> None:
    """Reduce an event into the outputs of a state: it is about all with its blob."""
    failed = None
    if event.state != "done":
        failed = FailedUpload(state=event.state, message=event.message)
    for output in outputs:
        if output.blob is not None and output.blob.sha256 == event.sha256:
            output.upload = failed
