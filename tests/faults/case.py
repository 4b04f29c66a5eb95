"""What differs between a short round and a long one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How soon clients take silence for the end of a connection, in seconds."""

    ping_s: float = 25.0
    pong_s: float = 10.0
    connect_s: float = 10.0


HURRIED_CLIENTS = Patience(ping_s=2.0, pong_s=2.0, connect_s=2.0)
HURRIED_SERVER = {"ping_s": 2, "pong_s": 3, "stalled_s": 3}
"""Times for a short round: ten times as fast as the real ones."""


@dataclass(frozen=True)
class Case:
    """One test in one round.

    Attributes:
        rng: Chance that is the same for the same seed and test.
        folder: For its files.
        figures: Measured values by name, for the report.
    """

    is_long: bool
    rng: Random
    folder: Path
    figures: dict[str, Any]

    def pick(self, *, short: T, long: T) -> T:
        return long if self.is_long else short

    @property
    def patience(self) -> Patience:
        """How soon clients notice silence."""
        return self.pick(short=HURRIED_CLIENTS, long=Patience())

    @property
    def settings(self) -> dict[str, object]:
        """What a server of its own is started with."""
        return dict(self.pick(short=HURRIED_SERVER, long={}))

    def figure(self, name: str, value: Any) -> None:
        """Write a measured value into the report."""
        self.figures[name] = round(value, 3) if isinstance(value, float) else value
