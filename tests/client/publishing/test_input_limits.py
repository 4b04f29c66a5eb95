"""The limits of events (protocol 4) as a user of `Sprint` meets them.

Within a limit nothing is lost. Beyond it a value is cut with a mark; with `strict=True` the call is
refused at once, in words.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_core import to_json

from realtime_widgets import InvalidEventError, InvalidSprintIdError, Sprint
from tests.client.reading import lines, published

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = Callable[[Sprint], object]

EVENT_BYTES = 262_144


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def ring() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def of_size(size: int) -> dict[str, str]:
    """An event that is so many bytes of JSON."""
    return {"type": "mine", "x": "x" * (size - len(to_json({"type": "mine", "x": ""})))}


def emit(value: object) -> Call:
    return lambda sprint: sprint.emit({"type": "mine", "value": value})


def progress(current: Any, **more: Any) -> Call:
    return lambda sprint: sprint.progress("task", current, **more)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(emit(nested(31)), id="depth"),
        # Beside the list: the event, its type and the time that is added.
        pytest.param(emit([0] * 9_996), id="values"),
        pytest.param(emit({"k" * 128: 0}), id="key"),
        pytest.param(emit([2**53 - 1, 1 - 2**53]), id="integers"),
        pytest.param(emit([1.7976931348623157e308, 5e-324]), id="numbers"),
        pytest.param(emit("NUL \0 stays"), id="text"),
        pytest.param(progress(2**53 - 1, total=2**53 - 1, unit="u" * 32), id="progress"),
        pytest.param(lambda sprint: sprint.progress("t" * 256, 1, parent="p" * 256), id="task"),
        pytest.param(lambda sprint: sprint.log("x" * 65_536, source="s" * 256), id="line"),
        pytest.param(lambda sprint: sprint.status("running", "m" * 4_096), id="status"),
        pytest.param(lambda sprint: sprint.emit({"type": "t" * 64}), id="type"),
        pytest.param(lambda sprint: sprint.agent_event("a" * 256, {"type": "X"}), id="agent"),
        pytest.param(
            lambda sprint: sprint.agent_event("a", {"type": "X", "v": nested(30)}), id="agent depth"
        ),
    ],
)
def test_what_is_within_a_limit_is_stored(sprint: Sprint, call: Call) -> None:
    call(sprint)

    (event,) = published(sprint)
    assert event["type"] != "dropped"
    assert "more characters]" not in str(event)


@pytest.mark.parametrize(
    ("call", "code", "field", "words"),
    [
        pytest.param(emit(nested(32)), "too_deep", "value.0.0.0", "32 levels", id="depth"),
        pytest.param(emit(nested(230)), "bad_json", None, "limit", id="depth 230"),
        pytest.param(emit(nested(1_000)), "bad_json", None, "depth", id="depth 1,000"),
        pytest.param(emit(nested(100_000)), "bad_json", None, "depth", id="depth 100,000"),
        pytest.param(emit(ring()), "bad_json", None, "depth", id="ring"),
        pytest.param(emit([0] * 9_997), "too_many_values", "value", "10,000", id="values"),
        pytest.param(emit({"k" * 129: 0}), "key_too_long", "value", "128", id="key"),
        pytest.param(emit(2**53), "number_out_of_range", "value", "2^53-1", id="2^53"),
        pytest.param(emit(-(2**63)), "number_out_of_range", "value", "2^53-1", id="-2^63"),
        pytest.param(emit(10**5_000), "bad_json", None, "out of range", id="5,001 digits"),
        pytest.param(emit(float("nan")), "number_out_of_range", "value", "finite", id="NaN"),
        pytest.param(emit(float("1e400")), "number_out_of_range", "value", "finite", id="1e400"),
        pytest.param(progress(2**53), "number_out_of_range", "current", "2^53-1", id="progress"),
        pytest.param(progress(1e300), "bad_field", "current", "9007199254740991", id="1e300"),
        pytest.param(
            progress(1, total=Fraction(10**400)),
            *("number_out_of_range", "total", "finite"),
            id="number of another library",
        ),
        pytest.param(
            lambda sprint: sprint.progress("t" * 257, 1), "bad_field", "task", "256", id="task"
        ),
        pytest.param(progress(1, parent="p" * 257), "bad_field", "parent", "256", id="parent"),
        pytest.param(
            lambda sprint: sprint.agent_event("a" * 257, {"type": "X"}),
            *("bad_field", "agent", "256"),
            id="agent",
        ),
        pytest.param(
            lambda sprint: sprint.agent_event("a", {"type": "X", "v": nested(31)}),
            *("too_deep", "event.v.0.0", "32"),
            id="agent depth",
        ),
        pytest.param(
            lambda sprint: sprint.emit(of_size(EVENT_BYTES + 1)),
            *("too_large", None, "262,144"),
            id="size",
        ),
    ],
)
def test_b5_strictly_what_is_beyond_a_limit_is_refused_and_otherwise_it_is_cut(
    sprint: Sprint, call: Call, code: str, field: str | None, words: str
) -> None:
    strict = Sprint(sprint.sprint_id, strict=True)
    strict.log("before")

    with pytest.raises(InvalidEventError) as refused:
        call(strict)

    strict.log("after")
    assert (refused.value.code, refused.value.field) == (code, field)
    assert words in refused.value.reason
    assert lines(sprint) == ["before", "after"]

    call(sprint)
    assert [event["type"] for event in published(sprint)][2:] != ["dropped"]
    assert len(published(sprint)) == 3


def test_an_event_is_never_too_large_for_the_server(sprint: Sprint) -> None:
    """The time was added after the check: the server refused what the publisher had taken."""
    sizes = range(EVENT_BYTES - 60, EVENT_BYTES + 1)
    for size in sizes:
        sprint.emit(of_size(size))

    stored = published(sprint)
    assert [event["type"] for event in stored] == ["mine"] * len(sizes)
    is_cut = ["more characters]" in event["x"] for event in stored]
    assert 0 < sum(is_cut) < len(sizes)


@pytest.mark.parametrize("character", ["x", "\x01", "\N{SNOWMAN}", "\N{GRINNING FACE}", "\ud800"])
def test_a_line_is_cut_so_that_it_fits_with_any_source(sprint: Sprint, character: str) -> None:
    """A source of control characters made it larger than an event may be."""
    sprint.log(character * 65_537, source=character * 256)

    (line,) = published(sprint)
    assert line["type"] == "log"
    assert len(line["message"]) <= 65_536
    assert " more characters] … " in line["message"]


def test_words_of_a_status_are_cut_with_a_mark(sprint: Sprint) -> None:
    sprint.status("running", "m" * 4_097)

    (status,) = published(sprint)
    assert 4_000 < len(status["message"]) <= 4_096
    assert " more characters] … " in status["message"]


def test_half_a_surrogate_pair_is_replaced_wherever_it_stands(sprint: Sprint) -> None:
    half, replaced = "\ud800", "\N{REPLACEMENT CHARACTER}"

    sprint.emit({"type": half, half: [half]})
    sprint.status("running", half)
    sprint.progress(half, 1, unit=half)
    sprint.agent_event(half, {"type": half, half: {half: half}})
    sprint.log(half, source=half)

    assert half not in str(published(sprint))
    assert str(published(sprint)).count(replaced) == 13


@pytest.mark.parametrize("sprint_id", ["ａ", "٣", "a\u202eb", "_a", ".a", "a\x00"])  # noqa: RUF001 - a letter of full width
def test_an_id_that_looks_like_one_is_refused(sprint_id: str) -> None:
    with pytest.raises(InvalidSprintIdError):
        Sprint(sprint_id)


def test_an_id_that_differs_only_in_case_is_stopped_and_the_other_continues(sprint: Sprint) -> None:
    clash = Sprint(sprint.sprint_id.upper())
    sprint.log("mine")
    assert sprint.flush() == 0

    clash.log("not mine")
    assert clash.flush() == 1
    sprint.log("mine too")

    assert lines(sprint) == ["mine", "mine too"]
