"""The targets of the project, held against the last results."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.questions import agents, growth, publish, reconnect, wire
from benchmarks.targets import (
    EVENTS,
    FASTAPI,
    JETSTREAM,
    NATS,
    NODE,
    OURS,
    PICOWS,
    RAW_CHUNK,
    RAW_EACH,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Results = dict[str, Any]
Figure = float | None

_SIGNS: dict[str, Callable[[float, float], bool]] = {"≥": operator.ge, "≤": operator.le}
_OURS_64 = OURS.joined().name
_OURS_BACK = OURS.joined(reconnect.JOINED).name


@dataclass(frozen=True)
class Goal:
    """One figure that is wanted.

    Attributes:
        number: Of the target that it is a part of.
        words: What is wanted.
        sign: `≥` or `≤`.
        bound: The figure.
        of: Finds what was measured; None where it was not.
    """

    number: int
    words: str
    sign: str
    bound: float
    of: Callable[[Results], Figure]


def _cell(results: Results, question: str, table: int, row: str, column: str) -> Figure:
    """A figure of a table; `row` is how its first cell begins."""
    if question not in results:
        return None
    found = results[question]["tables"][table]
    rows = [each for each in found["rows"] if str(each[0]) == row]
    if not rows or column not in found["columns"]:
        return None
    value = rows[0][found["columns"].index(column)]
    return float(value) if isinstance(value, int | float) else None


def _of(question: str, table: int, row: str, column: str) -> Callable[[Results], Figure]:
    return lambda results: _cell(results, question, table, row, column)


def _ratio(
    a: Callable[[Results], Figure], b: Callable[[Results], Figure]
) -> Callable[[Results], Figure]:
    def ratio(results: Results) -> Figure:
        over, under = a(results), b(results)
        return over / under if over is not None and under else None

    return ratio


def _cheaper(peer: str, ours: str, table: int) -> Callable[[Results], Figure]:
    """How many times as much server CPU a delivery costs the peer."""
    return _ratio(_of("fanout", table, peer, "µs"), _of("fanout", table, ours, "µs"))


def _sooner(peer: str, column: str = "with history s") -> Callable[[Results], Figure]:
    return _ratio(
        _of("reconnect", 0, peer, column),
        _of("reconnect", 0, _OURS_BACK, column),
    )


def _grown(column: str, *, table: int = 0) -> Callable[[Results], Figure]:
    """The figure of the longest history by that of the shortest."""

    def grown(results: Results) -> Figure:
        if "growth" not in results:
            return None
        names = [row[0] for row in results["growth"]["tables"][table]["rows"]]
        first, last = (
            _cell(results, "growth", table, name, column) for name in (names[0], names[-1])
        )
        return last / first if last is not None and first else None

    return grown


def _of_longest_page(column: str) -> Callable[[Results], Figure]:
    """A figure of the page of a million events."""
    return _of("growth", 1, "1,000,000", column)


def _gzipped(name: str) -> Callable[[Results], Figure]:
    return _of("browser", 1, f"static/{name}", "kB gzipped")


*_, _CALLS = agents.KINDS
_BURST, _HOUR = f"{OURS.name}, 20,000 lines", f"{OURS.name}, 180,000 lines"

GOALS: Sequence[Goal] = (
    Goal(
        1,
        f"fan-out, 64 a message: the cost of {RAW_CHUNK.name} by ours",
        "≥",
        0.5,
        _cheaper(RAW_CHUNK.name, _OURS_64, 1),
    ),
    *(
        Goal(
            1,
            f"fan-out, 64 a message: {peer.name} costs times ours",
            "≥",
            bound,
            _cheaper(peer.joined().name, _OURS_64, 1),
        )
        for peer, bound in ((NATS, 1.1), (PICOWS, 1.2), (NODE, 1.4), (FASTAPI, 15))
    ),
    *(
        Goal(
            2,
            f"fan-out, one a message: {peer.name} costs times ours",
            "≥",
            bound,
            _cheaper(peer.name, OURS.name, 0),
        )
        for peer, bound in ((RAW_EACH, 20), (NATS, 2), (NODE, 30), (FASTAPI, 70), (EVENTS, 250))
    ),
    Goal(
        3,
        "one viewer, 64 a message, durable: events/s",
        "≥",
        300_000,
        _of("publish", 1, "64", "stored and seen events/s"),
    ),
    Goal(
        3,
        "one viewer, 64 a message, checked and kept in memory: events/s",
        "≥",
        400_000,
        _of("publish", 1, publish.IN_MEMORY, "stored and seen events/s"),
    ),
    Goal(4, "latency: p50 by C's", "≤", 2, _of("latency", 0, OURS.name, "p50 ÷ C's")),
    Goal(
        4,
        "latency: lowest p99 by its p50",
        "≤",
        3,
        _of("latency", 0, OURS.name, "lowest p99 ÷ its p50"),
    ),
    Goal(
        5,
        "reconnecting with history by connecting alone",
        "≤",
        1.3,
        _of("reconnect", 0, _OURS_BACK, "÷ alone"),
    ),
    Goal(
        5,
        # Not by the time: that is the client's patience, as one of its consumers gets nothing.
        f"reconnecting: {JETSTREAM.name} costs times ours, in CPU time",
        "≥",
        3,
        _sooner(JETSTREAM.name, "server CPU s"),
    ),
    *(
        Goal(5, f"reconnecting: {peer.name} takes times ours", "≥", bound, _sooner(peer.name))
        for peer, bound in ((NODE, 15), (FASTAPI, 30))
    ),
    Goal(6, "KiB of an idle connection", "≤", 20, _of("idle", 0, OURS.name, "KiB a connection")),
    Goal(
        7,
        "beside a slow viewer the others get %",
        "≥",
        99,
        _of("slow", 0, OURS.name, "others get % of what is published"),
    ),
    Goal(8, "sprint.log: median ns", "≤", 3_000, _of("call", 0, "sprint.log", "median ns")),
    Goal(8, "sprint.log: p99 ns", "≤", 10_000, _of("call", 0, "sprint.log", "p99 ns")),
    Goal(
        8,
        "anywidget's send costs times sprint.log",
        "≥",
        25,
        _of("call", 0, "anywidget send", "times sprint.log"),
    ),
    Goal(
        8,
        "logging to a file costs times sprint.log",
        "≥",
        1,
        _of("call", 0, "logging to a file", "times sprint.log"),
    ),
    Goal(
        9,
        "kernel to view: % of 20,000 lines seen",
        "≥",
        100,
        _of("notebook", 0, OURS.name, "% seen"),
    ),
    *(
        Goal(
            9,
            f"kernel to view: lines a second, times those by {path}",
            "≥",
            150,
            _of("notebook", 0, path, "realtime-widgets sees times as many a second"),
        )
        for path in ("comm.send", "anywidget send", "display update", "Output.append_stdout")
    ),
    Goal(
        10,
        "joining the longest history by joining the shortest, CPU",
        "≤",
        1.5,
        _grown("join, server CPU ms"),
    ),
    Goal(10, "its state by the shortest's", "≤", 1.5, _grown("state ms")),
    Goal(10, "following it in Python by the shortest's", "≤", 1.5, _grown("follow ms")),
    Goal(10, "showing its page by the shortest's", "≤", 1.5, _grown("shown after ms", table=1)),
    Goal(10, "its page: to line 500,000, ms", "≤", 300, _of_longest_page("to the middle ms")),
    Goal(10, "its page: longest repeated block, ms", "≤", 50, _of_longest_page(growth.REPEATED)),
    Goal(10, "its page: rows in the DOM", "≤", 200, _of_longest_page("rows")),
    Goal(10, "its page: JS heap, MB", "≤", 80, _of_longest_page("JS heap MB")),
    Goal(
        10,
        "the server's memory with the longest by the shortest",
        "≤",
        1.1,
        _grown("memory after start MiB"),
    ),
    Goal(
        11,
        "20,000 lines shown after the last byte, s",
        "≤",
        1.5,
        _of("browser", 0, _BURST, "shown after s"),
    ),
    Goal(
        11,
        "20,000 lines: longest block, ms",
        "≤",
        100,
        _of("browser", 0, _BURST, "longest block ms"),
    ),
    Goal(11, "180,000 lines: rows in the page", "≤", 299, _of("browser", 0, _HOUR, "rows")),
    Goal(11, "180,000 lines: JS heap, MB", "≤", 150, _of("browser", 0, _HOUR, "JS heap MB")),
    Goal(
        11,
        "180,000 lines: frame gap while scrolling, ms",
        "≤",
        100,
        _of("browser", 0, _HOUR, "frame gap while scrolling ms"),
    ),
    *(
        Goal(11, f"{kind}: longest block, ms", "≤", 50, _of("agents", 0, kind, "longest block ms"))
        for kind in agents.KINDS
    ),
    Goal(
        11,
        "the page of a run: longest block of loading, ms",
        "≤",
        50,
        _of("agents", 0, _CALLS, "longest block of loading ms"),
    ),
    Goal(11, f"{_CALLS}: rows in the page", "≤", 299, _of("agents", 0, _CALLS, "rows")),
    Goal(11, "widget bundle, kB gzipped", "≤", 120, _gzipped("widget.js")),
    Goal(
        12,
        "import realtime_widgets, ms",
        "≤",
        5,
        _of("start", 0, "import realtime_widgets", "median ms"),
    ),
    Goal(
        12,
        "a Sprint ready in a fresh kernel, ms",
        "≤",
        150,
        _of("start", 1, "... until `Sprint(...)` returned: it is ready to publish", "median ms"),
    ),
    Goal(
        12,
        "added to a server's start, ms",
        "≤",
        150,
        _of("start", 2, "until it answers", "added ms"),
    ),
    Goal(
        13,
        "50,000 log lines: bytes by WebSocket by those of pages with gzip",
        "≥",
        5,
        _of("wire", 0, wire.GZIP, wire.FEWER),
    ),
    Goal(
        14,
        "each further server that has a viewer adds to an append at Redis, µs",
        "≤",
        15,
        _of("servers", 1, "slope", "Redis CPU µs"),
    ),
)


def table(results: Results) -> list[list[str]]:
    """Each goal with what was measured, for Markdown."""
    rows = [["target", "wanted", "measured", ""], ["---"] * 4]
    for goal in GOALS:
        value = goal.of(results)
        if value is None:
            continue
        is_met = _SIGNS[goal.sign](value, goal.bound)
        rows.append(
            [
                f"{goal.number}. {goal.words}",
                f"{goal.sign} {goal.bound:,g}",
                f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}",  # noqa: PLR2004 - digits
                "met" if is_met else "missed",
            ]
        )
    return rows
