"""Servers that share a Redis: what do more of them cost, and how many viewers are possible?"""

from __future__ import annotations

import resource
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Plot, Table
from benchmarks.append_cost import FOLLOWERS, append_cost, slope
from benchmarks.fleet import FLEETS, OURS, redis_command
from benchmarks.load import finish, load, start, wrong_of
from benchmarks.on_paper import on_paper
from benchmarks.rounds import Effort, Sample, Samples, interleaved

if TYPE_CHECKING:
    from benchmarks.fleet import Fleet, FleetKind

SERVERS = (1, 2, 3)
VIEWERS = 100
"""At each server."""

BATCH, RATE = 20, 1_000
"""Events in a message, and events a second."""

HISTORY, JOINED = 1_000, 50
SPREAD_S = 1.0
"""Clients of the product wait for a random part of it before they connect again."""

NOTES = (
    (
        f"{VIEWERS} viewers at each server, the publisher at the first one: {RATE:,} events of 200 "
        f"bytes a second, {BATCH} in a message. Redis writes to its append-only file once a "
        "second. All servers and Redis run on one core, the clients on the other."
    ),
    (
        "Ours stores, numbers and acknowledges each event; Socket.IO with its Redis adapter passes "
        "it on, and stores nothing."
    ),
    (
        "`append`: batches of 64 events of 106 bytes by one store, one after the other, while so "
        "many other stores follow the run; `slope` is what each of them adds. `others` is the CPU "
        "time of all of them together, in Python, for one batch."
    ),
    (
        "`failover`: Redis loses the newest batch and all connections, as where a replica without "
        "it is promoted; so each viewer is closed, connects to a server again and gets the whole "
        f"log. With the product's clients that is after a random part of {SPREAD_S:g} s."
    ),
)


def ask(effort: Effort) -> Answer:
    """Measure fleets of one to three servers, appends, a failover and idle viewers."""
    wanted = [(kind, count) for kind in FLEETS for count in SERVERS]
    samples = interleaved(effort, wanted, lambda each: _deliver(*each, effort), name=_name)
    appends = [append_cost(effort.pick(300, 3_000)) for _ in range(effort.rounds)]
    storms = interleaved(
        effort, (0.0, SPREAD_S), lambda spread: _fail_over(spread, effort), name=_storm_name
    )
    viewers = _possible(effort.pick(600, 10_000))
    idle = interleaved(
        effort, FLEETS, lambda kind: _idle(kind, viewers), name=lambda kind: kind.name
    )
    costs = {count: median(sample[count][0] for sample in appends) for count in FOLLOWERS}
    return Answer(
        "servers",
        "Several servers on one Redis",
        [
            _deliveries(samples),
            _appends(costs, appends),
            _storms(storms),
            _memory(idle, viewers),
            on_paper(
                costs,
                samples.middle(_name((OURS, 3)), _us) or float("nan"),
                idle.middle(OURS.name, lambda sample: _kib(sample, viewers)) or float("nan"),
            ),
        ],
        [
            Plot(
                "servers",
                "Redis: CPU time of one append",
                "µs",
                {"batches of 64 events": [costs[count] for count in FOLLOWERS]},
                FOLLOWERS,
                "other servers that have a viewer of the run",
            )
        ],
        NOTES,
    )


# Deliveries.


def _name(each: tuple[FleetKind, int]) -> str:
    kind, count = each
    return f"{kind.name}, {count} server{'s' if count > 1 else ''}"


def _deliver(kind: FleetKind, count: int, effort: Effort) -> Sample:
    with kind.start(count) as fleet:
        return fleet.load(
            "flow",
            fleet.wire(BATCH),
            viewers=VIEWERS * count,
            batch=BATCH,
            rate=RATE,
            warm=effort.warm_s,
            patience=30,
            **{"for": effort.pick(1.0, 5.0)},
        )


def _us(sample: Sample) -> float:
    """Return the CPU time of all servers and Redis for one delivery, in microseconds."""
    return float(sample["server_cpu_s"] / max(sample["deliveries"], 1) * 1e6)


def _share(sample: Sample, index: int) -> float:
    return float(sample["each_cpu_s"][index] / sample["seconds"] * 100)


def _deliveries(samples: Samples) -> Table:
    rows = []
    for name in samples.names:
        found = samples.of(name)
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: sample["deliveries"] / sample["seconds"]),
                samples.middle(name, lambda sample: sample["p50_ms"]),
                samples.middle(name, lambda sample: sample["p99_ms"]),
                samples.middle(name, lambda sample: _share(sample, 0)),
                _followers_share(found),
                samples.middle(name, lambda sample: _share(sample, -1)),
                samples.middle(name, _us),
                sum(wrong_of(sample) for sample in found),
            ]
        )
    columns = [
        "servers",
        "deliveries/s",
        "age p50 ms",
        "age p99 ms",
        "first server CPU %",
        "each other CPU %",
        "Redis CPU %",
        "µs a delivery, all",
        "wrong",
    ]
    return Table("Deliveries, by the number of servers", columns, rows)


def _followers_share(samples: list[Sample]) -> float | None:
    shares = [
        _share(sample, index)
        for sample in samples
        for index in range(1, len(sample["each_cpu_s"]) - 1)
    ]
    return median(shares) if shares else None


# Appends.


def _appends(costs: dict[int, float], samples: list[dict[int, tuple[float, float]]]) -> Table:
    rows: list[list[str | float | None]] = [
        [f"{count}", costs[count], median(sample[count][1] for sample in samples)]
        for count in FOLLOWERS
    ]
    rows.append(["slope", slope(costs), None])
    return Table(
        "An append of 64 events, by the number of other servers that have a viewer of the run",
        ["other servers", "Redis CPU µs", "others' CPU µs"],
        rows,
    )


# A failover.


def _storm_name(spread_s: float) -> str:
    return f"within {spread_s:g} s" if spread_s else "all at once"


def _fail_over(spread_s: float, effort: Effort) -> Sample:
    viewers = effort.pick(200, 1_000)
    with OURS.start(3) as fleet:
        wire = fleet.wire(JOINED)
        options = {"batch": JOINED, "events": HISTORY, "warm": 0, "patience": 30, "for": 20}
        load("flow", fleet.servers[0], wire, viewers=1, **options)
        client = start(
            "reconnect",
            fleet.servers[0],
            wire,
            *fleet.words,
            viewers=viewers,
            until=HISTORY - JOINED,
            spread=spread_s,
            patience=60,
        )
        assert client.stderr is not None, "it is a pipe"  # noqa: S101 - narrows the type
        client.stderr.readline()  # all are connected
        _lose_newest_batch(fleet)
        return finish(client) | {"viewers": viewers}


def _lose_newest_batch(fleet: Fleet) -> None:
    """Do to Redis what a failover to a replica without the newest batch does."""
    script = (
        "local meta = redis.call('KEYS', 'rw:{*}:meta')[1] "
        "local log = string.gsub(meta, ':meta$', ':log') "
        "local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 2) "
        "redis.call('XDEL', log, last[1][1]) "
        "redis.call('XSETID', log, last[2][1]) "
        "local head = string.match(last[2][1], '(%d+)-') "
        "redis.call('HSET', meta, 'head', head, 'entry', last[2][2][4])"
    )
    answer = redis_command(fleet.broker.port, "EVAL", script, "0")
    if answer.startswith("-"):
        raise RuntimeError(f"Redis refuses: {answer}")
    for kind in ("normal", "pubsub"):
        redis_command(fleet.broker.port, "CLIENT", "KILL", "TYPE", kind)


def _storms(samples: Samples) -> Table:
    rows = []
    for name in samples.names:
        found = samples.of(name)
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: sample["seconds"]),
                samples.middle(name, lambda sample: sample["server_cpu_s"]),
                f"{_least(found, 'complete')} of {_least(found, 'viewers')}",
            ]
        )
    return Table(
        f"A failover of Redis: viewers at 3 servers that get {HISTORY - JOINED} events again",
        ["they connect again", "s until the last has all", "CPU s of all servers", "complete"],
        rows,
    )


def _least(samples: list[Sample], figure: str) -> int:
    return min((int(sample[figure]) for sample in samples), default=0)


# Idle viewers.


def _possible(wanted: int) -> int:
    """Return how many connections the limit on files of this machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(wanted, most - 500)


def _idle(kind: FleetKind, viewers: int) -> Sample:
    with kind.start(3) as fleet:
        wire = fleet.wire(1)
        # What a server makes once, with the first connections, is no cost of one.
        fleet.load("idle", wire, viewers=60, **{"for": 0.2})
        return fleet.load("idle", wire, viewers=viewers, patience=120, **{"for": 1})


def _kib(sample: Sample, viewers: int) -> float:
    return float(sample["after_kib"] - sample["before_kib"]) / viewers


def _memory(samples: Samples, viewers: int) -> Table:
    return Table(
        f"{viewers:,} idle viewers at 3 servers: resident memory of these and Redis",
        ["servers", "KiB a connection", "MiB before", "MiB after"],
        [
            [
                name,
                samples.middle(name, lambda sample: _kib(sample, viewers)),
                samples.middle(name, lambda sample: sample["before_kib"] / 1024),
                samples.middle(name, lambda sample: sample["after_kib"] / 1024),
            ]
            for name in samples.names
        ],
    )
