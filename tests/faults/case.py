"""What differs between a short round and a long one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from .server import Server

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How soon clients take silence for the end of a connection, in seconds."""

    ping_s: float = 25.0
    pong_s: float = 10.0
    connect_s: float = 10.0


CALM_CLIENTS = Patience(ping_s=2.0, pong_s=30.0, connect_s=30.0)
CALM_SERVER = {"ping_s": 2, "pong_s": 30, "stalled_s": 10}
"""For a short round: a silent peer is pinged soon, and has the time that a busy machine takes."""

HURRIED_CLIENTS = Patience(ping_s=2.0, pong_s=2.0, connect_s=10.0)
HURRIED_SERVER = {"ping_s": 2, "pong_s": 3, "stalled_s": 3}
"""Where silence has to be noticed in a short round, and a connection may be lost for nothing."""


@dataclass(frozen=True)
class Case:
    """One test in one round.

    Attributes:
        server: Starts the server that the test is about: Jupyter's, or one of ASGI.
        rng: Chance that is the same for the same seed and test.
        folder: For its files.
        figures: Measured values by name, for the report.
    """

    is_long: bool
    server: type[Server]
    rng: Random
    folder: Path
    figures: dict[str, Any]

    def pick(self, *, short: T, long: T) -> T:
        return long if self.is_long else short

    @property
    def patience(self) -> Patience:
        """How soon clients notice silence."""
        return self.pick(short=CALM_CLIENTS, long=Patience())

    @property
    def settings(self) -> dict[str, object]:
        """What its separate server is started with."""
        return dict(self.pick(short=CALM_SERVER, long={}))

    def figure(self, name: str, value: Any) -> None:
        """Write a measured value into the report."""
        self.figures[name] = round(value, 3) if isinstance(value, float) else value
