"""What a viewer is sent next."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets.hub.frames import Frame, flat_events, join
from realtime_widgets.hub.stores.base import StoredBatch


def batches(*contents: list[str]) -> list[StoredBatch]:
    """Consecutive batches of log lines, from seq 1."""
    made: list[StoredBatch] = []
    for lines in contents:
        first = made[-1].last + 1 if made else 1
        raw = json.dumps([{"type": "log", "message": line} for line in lines]).encode()
        made.append(StoredBatch(first, len(lines), f"e-{first}", "2026", "alice", raw))
    return made


def test_a_frame_is_one_message_of_whole_batches() -> None:
    frame = Frame("run", "epoch-1", batches(["a", "b"], ["c"]))

    assert (frame.first, frame.last) == (1, 3)
    assert json.loads(frame.message) == {
        "type": "events",
        "epoch": "epoch-1",
        "batches": [
            {
                "first": 1,
                "entry": "e-1",
                "timestamp": "2026",
                "user": "alice",
                "events": [{"type": "log", "message": "a"}, {"type": "log", "message": "b"}],
            },
            {
                "first": 3,
                "entry": "e-3",
                "timestamp": "2026",
                "user": "alice",
                "events": [{"type": "log", "message": "c"}],
            },
        ],
    }


def test_the_bytes_of_a_frame_are_made_once() -> None:
    frame = Frame("run", "epoch-1", batches(["a"]))

    assert frame.message is frame.message
    assert frame.plain is frame.plain
    assert frame.batches[0].wire is frame.batches[0].wire


def test_the_plain_mode_has_one_message_an_event() -> None:
    frame = Frame("run", "epoch-1", batches(["a", "b"]))

    first, second = frame.plain

    assert json.loads(first) == {
        "type": "log",
        "message": "a",
        "sprint_id": "run",
        "seq": 1,
        "timestamp": "2026",
        "user": "alice",
    }
    assert json.loads(second)["seq"] == 2


def test_what_the_server_sets_wins_over_what_is_in_the_event() -> None:
    batch = StoredBatch(7, 1, "e", "2026", None, b'[{"type":"mine","seq":99,"user":"root"}]')

    [(seq, event)] = flat_events("run", batch)

    assert seq == 7
    assert (json.loads(event)["seq"], json.loads(event)["user"]) == (7, None)


def test_h2_events_are_written_from_the_bytes_that_are_stored() -> None:
    raw = b'[ {"type":"a","x":1.50,"t":"\\u00e9 [{\\\\\\""} ,\n{"type":"b","y":{"z":[{}]}}]'
    batch = StoredBatch(7, 2, "e", "2026", "al", raw)
    alone = StoredBatch(7, 1, "e", "2026", "al", b' [ {"type":"a","x":1.50} ] ')

    events = [event for _, event in flat_events("run", batch)]
    backwards = [event for _, event in flat_events("run", batch, range(8, 6, -1))]
    [(_, single)] = flat_events("run", alone)

    added = b',"sprint_id":"run","timestamp":"2026","user":"al","seq":%d}'
    assert events[0] == b'{"type":"a","x":1.50,"t":"\\u00e9 [{\\\\\\""' + added % 7
    assert events[1] == b'{"type":"b","y":{"z":[{}]}' + added % 8
    assert backwards == events[::-1]
    assert single == b'{"type":"a","x":1.50' + added % 7


def test_a_frame_begins_inside_a_batch_where_the_viewer_stands_inside() -> None:
    [batch] = join(batches(["a", "b", "c"]), 2, 1_000)

    assert (batch.first, batch.count, batch.batch_id) == (3, 1, "e-1")


@settings(max_examples=100)
@given(
    contents=st.lists(
        st.lists(st.text(max_size=40), min_size=1, max_size=3), min_size=1, max_size=8
    ),
    limit=st.integers(0, 1_500),
    data=st.data(),
)
def test_a_frame_has_as_much_as_fits_and_no_more(
    contents: list[list[str]], limit: int, data: st.DataObject
) -> None:
    log = batches(*contents)
    after = data.draw(st.integers(0, log[0].last - 1))

    frame = Frame("run", "e" * 64, join(log, after, limit))

    assert frame.first == after + 1
    assert [batch.last for batch in frame.batches] == [batch.last for batch in log][
        : len(frame.batches)
    ]
    assert len(frame.batches) == 1 or len(frame.message) <= limit
