"""How a resume is answered (protocol 5.3)."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from realtime_widgets.protocol.position import Bounds, Position, Resume, resume

LOG = Bounds(epoch="e1", first=101, head=200, batch_id="z")


def at(seq: int, *, epoch: str = "e1", entry: str | None = "m") -> Position:
    return Position(epoch=epoch, seq=seq, entry=entry)


@pytest.mark.parametrize(
    ("position", "batch_id_there", "answer"),
    [
        pytest.param(at(150), "m", Resume(after=150, recovered=True), id="where it stood"),
        pytest.param(at(200), "m", Resume(after=200, recovered=True), id="at the head"),
        pytest.param(at(100), None, Resume(after=100, recovered=True), id="before the first"),
        pytest.param(
            at(150, entry=None), "x", Resume(after=150, recovered=True), id="not knowing its batch"
        ),
        pytest.param(
            at(150, epoch="e0"), "m", Resume(after=100, recovered=False, reset="epoch"), id="epoch"
        ),
        pytest.param(at(201), None, Resume(after=100, recovered=False, reset="ahead"), id="ahead"),
        pytest.param(
            at(150), "x", Resume(after=100, recovered=False, reset="diverged"), id="diverged"
        ),
        pytest.param(at(99), None, Resume(after=100, recovered=False, gap=(100, 100)), id="gap"),
        pytest.param(at(0), None, Resume(after=100, recovered=False, gap=(1, 100)), id="long gap"),
        pytest.param(
            at(999, epoch="e0"),
            "x",
            Resume(after=100, recovered=False, reset="epoch"),
            id="the epoch is compared first",
        ),
        pytest.param(
            at(150),
            None,
            Resume(after=100, recovered=False, reset="diverged"),
            id="no batch ends where one was seen to end",
        ),
        pytest.param(
            at(150, entry=None),
            None,
            Resume(after=150, recovered=True),
            id="inside a batch",
        ),
    ],
)
def test_a_position_is_answered_by_the_rule(
    position: Position, batch_id_there: str | None, answer: Resume
) -> None:
    assert resume(position, LOG, batch_id_there) == answer


def test_a_position_in_a_log_that_has_begun_nothing_is_of_another_epoch() -> None:
    answer = resume(at(5), Bounds(), None)

    assert answer == Resume(after=0, recovered=False, reset="epoch")


def test_a_log_of_which_nothing_is_kept_continues_after_its_head() -> None:
    empty = Bounds(epoch="e1", first=11, head=10, batch_id="z")

    assert resume(at(10), empty, None) == Resume(after=10, recovered=True)
    assert resume(at(4), empty, None) == Resume(after=10, recovered=False, gap=(5, 10))


entries = st.none() | st.sampled_from(["m", "x"])


@settings(max_examples=80)
@given(
    position=st.builds(at, st.integers(0, 20), epoch=st.sampled_from(["e1", "e2"]), entry=entries),
    first=st.integers(1, 12),
    kept=st.integers(0, 10),
    there=entries,
)
def test_from_any_position_the_log_continues_at_a_seq_that_it_can_serve(
    position: Position, first: int, kept: int, there: str | None
) -> None:
    bounds = Bounds(epoch="e1", first=first, head=first + kept - 1)

    answer = resume(position, bounds, there)

    assert bounds.first - 1 <= answer.after <= bounds.head
    assert answer.recovered is (answer.reset is None and answer.gap is None)
    assert answer.reset is None or answer.gap is None


@settings(max_examples=80)
@given(
    position=st.builds(at, st.integers(0, 20), entry=entries),
    first=st.integers(1, 12),
    kept=st.integers(0, 10),
    there=entries,
)
def test_a_viewer_gets_a_notice_of_every_event_that_it_will_not_get(
    position: Position, first: int, kept: int, there: str | None
) -> None:
    answer = resume(position, Bounds(epoch="e1", first=first, head=first + kept - 1), there)
    assume(answer.reset is None)

    missing = range(position.seq + 1, answer.after + 1)

    assert (answer.gap or (1, 0)) == ((missing[0], missing[-1]) if missing else (1, 0))


@pytest.mark.parametrize(
    "fields",
    [
        {"epoch": "", "seq": 0},
        {"epoch": "e" * 65, "seq": 0},
        {"epoch": "e", "seq": -1},
        {"epoch": "e", "seq": 2**53},
        {"epoch": "e", "seq": 1, "entry": ""},
        {"epoch": "e", "seq": 1, "entry": "x" * 65},
        {"epoch": "e", "seq": 1, "offset": 3},
        {"epoch": None, "seq": 1},
    ],
)
def test_a_position_that_no_server_gave_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Position.model_validate(fields)
