"""Finds in a history every way in which a promise was broken.

It knows the promises and the history, and shares no code with the product. Each violation is one
sentence. An event of a load is a log line `stream number noise`, so that a line which arrives
identifies the call it came from.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from .answer_checker import wrong_answers
from .history import (
    Applied,
    Batch,
    Disconnected,
    Gap,
    History,
    Reset,
    Rewound,
    State,
    Stream,
    Watcher,
    Welcome,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .history import Record

LINE = re.compile(r"(?P<stream>\S+) (?P<number>\d+) ")
DROPPED = re.compile(r"dropped (?P<count>\d+) ")

Log = dict[tuple[str, int], str]
"""Body by epoch and seq: all that any client saw."""


def check(history: History) -> list[str]:
    """Return a sentence for each violation, in no more copies than one."""
    log = _log(history)
    found = [
        *_two_bodies_with_one_seq(history),
        *_two_entries_at_one_seq(history),
        *_changed(history, log),
        *_stored_twice(log),
        *_out_of_order(log),
        *_lost(history, log),
        *wrong_answers(history),
    ]
    for name, watcher in history.watchers.items():
        found += [f"{name}: {words}" for words in _wrong_steps(watcher)]
        found += [f"{name}: {words}" for words in _wrong_continuations(watcher)]
        found += [f"{name}: {words}" for words in _false_recoveries(watcher)]
        found += [f"{name}: {words}" for words in _not_shown(watcher, log)]
        found += [f"{name}: {words}" for words in _missing_states(watcher)]
        if not history.may_reset:
            found += [
                f"{name}: was reset ({record.reason}), though the log is the same"
                for record in watcher.records
                if isinstance(record, Reset)
            ]
    return list(dict.fromkeys(found))


def _seen(history: History) -> Iterator[tuple[str, int, str]]:
    for watcher in history.watchers.values():
        for record in _by_life(watcher.records):
            match record:
                case Batch():
                    for seq, body in enumerate(record.bodies, record.first):
                        yield record.epoch, seq, body
                case Applied():
                    yield record.epoch, record.seq, record.body
                case _:
                    pass


def _by_life(records: list[Record]) -> list[Record]:
    """Give a separate epoch to what the test took away: its seqs are given once more."""
    for end in range(len(records), 0, -1):
        rewound = records[end - 1]
        if isinstance(rewound, Rewound):
            before = [_of_the_first_life(record, rewound) for record in records[:end]]
            return [*before, *records[end:]]
    return records


def _of_the_first_life(record: Record, rewound: Rewound) -> Record:
    first = f"{rewound.epoch} before it was rewound"
    match record:
        case Applied(epoch=rewound.epoch) if record.seq > rewound.kept:
            return replace(record, epoch=first)
        case Batch(epoch=rewound.epoch) if record.first > rewound.kept:
            return replace(record, epoch=first)
        case _:
            return record


def _log(history: History) -> Log:
    return {(epoch, seq): body for epoch, seq, body in _seen(history)}


def _two_bodies_with_one_seq(history: History) -> Iterator[str]:
    bodies: dict[tuple[str, int], str] = {}
    for epoch, seq, body in _seen(history):
        other = bodies.setdefault((epoch, seq), body)
        if other != body:
            yield f"two bodies have seq {seq} of epoch {epoch}: {_cut(other)} and {_cut(body)}"


def _two_entries_at_one_seq(history: History) -> Iterator[str]:
    entries: dict[tuple[str, int], str] = {}
    for watcher in history.watchers.values():
        for record in _by_life(watcher.records):
            if isinstance(record, Batch):
                other = entries.setdefault((record.epoch, record.last), record.entry)
                if other != record.entry:
                    yield f"two batches end at seq {record.last} of epoch {record.epoch}"


def _changed(history: History, log: Log) -> Iterator[str]:
    for (_, seq), body in log.items():
        call = _call(body)
        if call is None:
            if not _is_other_event(body):
                yield f"seq {seq} is {_cut(body)}, which was never published"
            continue
        stream, number = call
        given = history.streams[stream].bodies.get(number) if stream in history.streams else None
        if given is None:
            yield f"seq {seq} is {_cut(body)}, which was never published"
        elif given != body:
            yield f"event {number} of {stream} was changed: {_cut(given)} became {_cut(body)}"


def _stored_twice(log: Log) -> Iterator[str]:
    seqs: dict[tuple[str, str], int] = {}
    for (epoch, seq), body in sorted(log.items()):
        if _call(body) is None:
            continue
        first = seqs.setdefault((epoch, body), seq)
        if first != seq:
            yield f"{_cut(body)} was stored twice, as seq {first} and {seq}"


def _out_of_order(log: Log) -> Iterator[str]:
    last: dict[tuple[str, str], int] = {}
    for (epoch, seq), body in sorted(log.items()):
        call = _call(body)
        if call is None:
            continue
        stream, number = call
        before = last.get((epoch, stream), 0)
        if number < before:
            yield f"event {number} of {stream} has seq {seq}, after its event {before}"
        last[epoch, stream] = max(before, number)


def _lost(history: History, log: Log) -> Iterator[str]:
    arrived: dict[str, set[int]] = defaultdict(set)
    for stream, number in filter(None, map(_call, log.values())):
        arrived[stream].add(number)
    lost = [
        words
        for name, stream in history.streams.items()
        for words in _lost_of(name, stream, arrived[name])
    ]
    reported = _reported_drops(log)
    if len(lost) > reported:
        yield from lost
        if reported:
            yield f"only {reported} of {len(lost)} lost events were reported as dropped"
    elif reported > len(lost) + _perhaps_dropped(history, arrived):
        yield f"{reported} events were reported as dropped, but only {len(lost)} are missing"


def _lost_of(name: str, stream: Stream, arrived: set[int]) -> Iterator[str]:
    newest = max(arrived, default=0)
    # A call that did not come back was interrupted or killed, and nothing is promised.
    for number in sorted(stream.returned - arrived):
        if number <= stream.taken:
            continue
        if number <= stream.acked:
            yield f"event {number} of {name} was acknowledged, and is lost"
        elif number < newest:
            yield f"event {number} of {name} is lost, though later ones are there"


def _perhaps_dropped(history: History, arrived: Mapping[str, set[int]]) -> int:
    """Count calls that were interrupted: the event of one may have been kept, and dropped."""
    return sum(
        len(stream.bodies.keys() - stream.returned - arrived[name])
        for name, stream in history.streams.items()
    )


def _reported_drops(log: Log) -> int:
    notices = (DROPPED.match(body) for body in log.values())
    return sum(int(notice["count"]) for notice in notices if notice)


def _wrong_steps(watcher: Watcher) -> Iterator[str]:
    """Compare each event that was applied with the one before."""
    epoch: str | None = None
    seq = watcher.start
    for record in watcher.records:
        match record:
            case Gap():
                seq = max(seq, record.last)
            case Reset():
                epoch, seq = None, 0
            case Applied():
                if epoch is not None and record.epoch != epoch:
                    yield f"went from epoch {epoch} to {record.epoch} without a word"
                    seq = record.seq - 1
                if record.seq == seq:
                    yield f"seq {seq} came twice"
                elif record.seq < seq:
                    yield f"went backwards, from seq {seq} to {record.seq}"
                elif record.seq > seq + 1:
                    yield f"seq {seq + 1} to {record.seq - 1} were skipped without a word"
                epoch, seq = record.epoch, record.seq
            case _:
                pass


def _wrong_continuations(watcher: Watcher) -> Iterator[str]:
    """A client that has seen what was taken away gets a notice before anything else is shown."""
    seq, lost_after = 0, math.inf
    for record in watcher.records:
        match record:
            case Rewound() if record.kept < seq:
                lost_after = record.kept
            case Reset():
                lost_after = math.inf
            case Applied():
                if lost_after < seq:
                    yield f"continued from seq {seq}, though all after {lost_after} was lost"
                    lost_after = math.inf
                seq = record.seq
            case _:
                pass


def _false_recoveries(watcher: Watcher) -> Iterator[str]:
    """Hold each `welcome` that answers a resume against what then came over its connection."""
    welcome: Welcome | None = None
    for record in watcher.records:
        match record:
            case Welcome(recovered=True):
                welcome = record
                if record.epoch != record.asked_epoch or record.head < record.asked_seq:
                    yield (
                        f"was recovered after seq {record.asked_seq} of epoch"
                        f" {record.asked_epoch}, which ends at {record.head} of {record.epoch}"
                    )
            case Welcome(recovered=False):
                welcome = record
            case Gap() | Reset() | Disconnected():
                welcome = None
            case Batch() if welcome is not None:
                after = welcome.asked_seq
                if not welcome.recovered:
                    yield f"got no gap for what is missing after seq {after}"
                elif record.first > after + 1:
                    yield f"was recovered after seq {after}, and got seq {record.first} next"
                welcome = None
            case _:
                pass


def _not_shown(watcher: Watcher, log: Log) -> Iterator[str]:
    """Compare what a watcher that was waited for has applied with what all clients saw."""
    applied = [each for each in _by_life(watcher.records) if isinstance(each, Applied)]
    if not watcher.is_complete or not applied:
        return
    epoch = applied[-1].epoch
    shown = Counter(record.seq for record in applied if record.epoch == epoch)
    gaps = [record for record in watcher.records if isinstance(record, Gap)]
    for log_epoch, seq in sorted(log):
        is_in_gap = any(gap.first <= seq <= gap.last for gap in gaps)
        if log_epoch == epoch and seq > watcher.start and not shown[seq] and not is_in_gap:
            yield f"never got seq {seq}, {_cut(log[epoch, seq])}"


def _missing_states(watcher: Watcher) -> Iterator[str]:
    """What is missing may have been a status, so the state has to come before what follows."""
    gap: Gap | None = None
    for record in watcher.records:
        match record:
            case Gap():
                gap = record
            case State() | Reset() | Disconnected():
                gap = None
            case Batch() if gap is not None:
                yield f"got no state after seq {gap.first} to {gap.last} were missing"
                gap = None
            case _:
                pass


def _call(body: str) -> tuple[str, int] | None:
    line = None if _is_other_event(body) else LINE.match(body)
    return (line["stream"], int(line["number"])) if line else None


def _is_other_event(body: str) -> bool:
    return body.startswith("{") or DROPPED.match(body) is not None


def _cut(body: str) -> str:
    return repr(body if len(body) <= 40 else body[:37] + "...")


def summary(history: History) -> Mapping[str, int]:
    """What the history holds, so that a test can see that something happened at all."""
    records = [record for watcher in history.watchers.values() for record in watcher.records]
    return {
        "published": sum(len(stream.bodies) for stream in history.streams.values()),
        "acked": sum(stream.acked for stream in history.streams.values()),
        "applied": sum(isinstance(record, Applied) for record in records),
        "connections": sum(isinstance(record, Welcome) for record in records),
    }
