"""Reconnecting: a thousand viewers come back at once, and want a thousand events each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import Wire, load
from benchmarks.rounds import Effort, Sample, Samples, interleaved, print_progress
from benchmarks.targets import (
    EVENTS,
    FASTAPI,
    JETSTREAM,
    NODE,
    OURS,
    PICOWS,
    SOCKETIO,
    TORNADO,
    WEBSOCKETS,
    Target,
    our_wire,
    with_history,
)

if TYPE_CHECKING:
    from benchmarks.process import Server

HISTORY = 1_000
JOINED = 50
"""Events in a message, where they are joined: so that they make a thousand."""


NOTES = (
    (
        "`connecting alone` is of the same server in the same repetition, without history. "
        "Jupyter's event bus has none: it stands for what connecting costs there."
    ),
    "At most 64 handshakes are under way at a time, so that no backlog overflows.",
    (
        "`complete`: the fewest viewers, of all repetitions, that got everything. Where it "
        "is not all of them, the time is only how long the load client waited; the CPU "
        "time is what counts there."
    ),
)


def ask(effort: Effort) -> Answer:
    """Fill a history, connect all viewers without it and then with it."""
    clients = effort.pick(200, 1_000)
    peers = (JETSTREAM, NODE, PICOWS, WEBSOCKETS, FASTAPI, TORNADO, SOCKETIO)
    targets = [
        OURS,
        OURS.joined(JOINED),
        EVENTS,
        *(with_history(peer) for peer in peers),
        *(
            with_history(peer).joined(JOINED)
            for peer in (JETSTREAM, NODE, PICOWS, WEBSOCKETS, FASTAPI)
        ),
    ]
    samples = interleaved(
        effort, targets, lambda target: _measure(target, clients), name=lambda target: target.name
    )
    return Answer(
        "reconnect",
        f"Reconnecting: {clients:,} viewers at once, {HISTORY:,} events of history each",
        [_table(clients, targets, samples)],
        [
            Plot(
                "reconnect",
                f"{clients:,} viewers get {HISTORY:,} events each",
                "s",
                {
                    name: [samples.middle(name, _seconds)]
                    for name in samples.names
                    if samples.least(name, lambda sample: sample.get("complete", 0)) == clients
                },
            )
        ],
        NOTES,
    )


def _measure(target: Target, clients: int) -> Sample:
    with target.start() as server:
        wire, alone = _wires(target, server)
        load(
            "flow",
            server,
            wire,
            viewers=1,
            batch=target.batch,
            events=HISTORY,
            warm=0,
            patience=30,
            **{"for": 20},
        )
        connecting = load("history", server, alone, viewers=clients, patience=60)
        sample = {
            "alone_s": connecting["seconds"],
            "alone_cpu_s": connecting["server_cpu_s"],
            "alone_complete": connecting["complete"],
        }
        if target is EVENTS:
            return sample
        result = load("history", server, wire, viewers=clients, until=HISTORY, patience=120)
        if result["gaps"] or result["duplicates"] or result["complete"] < clients:
            print_progress(f"{target.name}: {result['complete']} of {clients} complete")
        return sample | result


def _wires(target: Target, server: Server) -> tuple[Wire, Wire]:
    """How to get the history, and how to connect without it."""
    if target.name.startswith(OURS.name):
        return our_wire(server, 1, "filled"), our_wire(server, 1, "empty")
    wire = target.wire(server, target.batch)
    plain = next(peer for peer in (*_PLAIN, JETSTREAM) if target.name.startswith(peer.name))
    if plain is JETSTREAM:
        # A connection that is answered, without a consumer.
        return wire, replace(wire, viewer=wire.publisher)
    return wire, plain.wire(server, target.batch)


_PLAIN = (EVENTS, NODE, PICOWS, WEBSOCKETS, FASTAPI, TORNADO, SOCKETIO)


def _seconds(sample: Sample) -> float:
    return float(sample.get("seconds", float("nan")))


def _table(clients: int, targets: list[Target], samples: Samples) -> Table:
    ours = OURS.joined(JOINED).name
    rows = []
    for target in targets:
        name = target.name
        complete = samples.least(name, lambda sample: sample.get("complete", float("nan")))
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: sample["alone_s"]),
                samples.middle(name, _seconds),
                samples.middle(name, lambda sample: _seconds(sample) / sample["alone_s"]),
                samples.ratio(name, ours, _seconds),
                samples.middle(name, lambda sample: sample.get("server_cpu_s", float("nan"))),
                samples.middle(name, lambda sample: sample["alone_cpu_s"]),
                None if target is EVENTS or complete is None else f"{complete:.0f} of {clients}",
            ]
        )
    return Table(
        "Until the last viewer has everything",
        [
            "server",
            "connecting alone s",
            "with history s",
            "÷ alone",
            f"times {ours}",
            "server CPU s",
            "of which connecting s",
            "complete",
        ],
        rows,
    )
