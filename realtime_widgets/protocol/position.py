"""The position of a reader in a log (protocol 1), and how a resume is answered (protocol 5.3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Bounds", "Position", "Resume", "resume"]

Epoch = Annotated[str, Field(min_length=1, max_length=64)]
BatchId = Annotated[str, Field(min_length=1, max_length=64)]


class Position(BaseModel):
    """The last event that a reader has: it has everything up to and including `seq`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    epoch: Epoch
    """The id of the log."""

    seq: int = Field(ge=0, le=2**53 - 1)
    """Number of the last event, 0 for none."""

    entry: BatchId | None = None
    """Id of the batch that ends at `seq`; None when the position is not the end of a batch."""


class Bounds(BaseModel):
    """What a log holds: events `first` to `head`; none while `head < first`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: Epoch | None = None
    """None until something has been published."""

    first: int = 1
    head: int = 0

    batch_id: BatchId | None = None
    """Id of the batch that ends at `head`."""


class Resume(BaseModel):
    """How a log continues for a reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: int
    """Send what comes after this seq."""

    recovered: bool
    reset: Literal["epoch", "ahead", "diverged"] | None = None
    gap: tuple[int, int] | None = None
    """First and last seq that are not kept any more."""


def resume(position: Position, bounds: Bounds, batch_id_there: str | None) -> Resume:
    """Decide how the log continues after a position; the rule of protocol 5.3.

    Args:
        position: The position of the reader, as it sent it.
        bounds: What the log holds.
        batch_id_there: Id of the batch that ends at `position.seq`, None where none does.
    """
    start = bounds.first - 1
    if position.epoch != bounds.epoch:
        return Resume(after=start, recovered=False, reset="epoch")
    if position.seq > bounds.head:
        return Resume(after=start, recovered=False, reset="ahead")
    # A batch never changes: where it ended once it still ends, as long as it is kept.
    is_kept = position.seq >= bounds.first
    if is_kept and position.entry is not None and batch_id_there != position.entry:
        return Resume(after=start, recovered=False, reset="diverged")
    if position.seq < start:
        return Resume(after=start, recovered=False, gap=(position.seq + 1, start))
    return Resume(after=position.seq, recovered=True)
