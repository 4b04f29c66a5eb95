"""What becomes of any Python value on its way into an event."""

from __future__ import annotations

import enum
import gc
import math
import sys
import uuid
from collections import OrderedDict, UserDict, UserString, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from pydantic_core import to_json

from realtime_widgets.client.publishing.fit import EVENT_BYTES, finite, fit, name, text
from realtime_widgets.protocol.validation import check_event
from tests.client.reading import first_page, lines, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets import Sprint


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Model(BaseModel):
    some_field: int = Field(1, alias="someField")
    nothing: str | None = None


@dataclass
class Point:
    x: int
    y: Any = field(default_factory=lambda: {"a": 1})


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - of the kind that users have


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (np.float32(0.5), 0.5),
        (np.float64("nan"), "NaN"),
        (np.int64(2**60), str(2**60)),
        (np.bool_(True), True),  # noqa: FBT003 - the value
        (np.str_("text"), "text"),
        (np.datetime64("2026-11-28"), "2026-11-28"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(3), 3),
        (np.zeros((1_000, 1_000)), "<ndarray of 1,000 x 1,000 values>"),
        (pd.Timestamp("2026-11-28T10:00:00"), "2026-11-28T10:00:00"),
        (pd.NaT, "NaT"),
        (pd.NA, "<NA>"),
        (pd.Series([1.5, 2.5]), [1.5, 2.5]),
        (pd.Series(range(20_000)), "<Series of 20,000 values>"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (-math.inf, "-Infinity"),
        (2**53, str(2**53)),
        (-(10**400), str(-(10**400))),
        (10**5_000, "an integer of 16,610 bits"),
        (Decimal("0.10"), "0.10"),
        (Decimal("NaN"), "NaN"),
        (Fraction(1, 3), "1/3"),
        (complex(1, 2), "(1+2j)"),
        (datetime(2026, 11, 28, 1, 2, 3, tzinfo=UTC), "2026-11-28T01:02:03+00:00"),
        (date(2026, 11, 28), "2026-11-28"),
        (timedelta(seconds=90), "0:01:30"),
        (Path("a/b"), "a/b"),
        (PureWindowsPath("a\\b"), "a\\b"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Colour.RED, "red"),
        (Number.ONE, 1),
        (Model(someField=2), {"someField": 2}),
        (Point(1), {"x": 1, "y": {"a": 1}}),
        (Pair(1, 2), [1, 2]),
        (ValueError("bad batch"), "ValueError: bad batch"),
        (KeyError(), "KeyError"),
        (b"plain", "plain"),
        (bytearray(b"\xff\x00" * 40), "<80 bytes: " + "ff 00 " * 15 + "ff 00 …>"),
        (memoryview(b"view"), "view"),
        ({1, 2}, [1, 2]),
        (frozenset(), []),
        (range(3), [0, 1, 2]),
        (deque([1]), [1]),
        ({"a": 1}.keys(), ["a"]),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (UserDict(a=1), {"a": 1}),
        (UserString("abc"), "abc"),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({1: "a", None: "b", Colour.RED: "c", 2.5: "d"}, {"1": "a", "None": "b", "red": "c", "2.5": "d"}),  # noqa: E501 - in one look
        ({1: "a", "1": "b"}, {"1": "a", "1 (1)": "b"}),
        (SimpleNamespace(a=1), "namespace(a=1)"),
        (Model, "<class 'tests.client.publishing.test_fit.Model'>"),
        ("\ud83d\ude00 \ud800", "\N{GRINNING FACE} \N{REPLACEMENT CHARACTER}"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_b5_a_value_of_another_package_is_held_as_what_it_means(
    sprint: Sprint, value: object, held: object
) -> None:
    sprint.emit({"type": "mine", "value": value})
    sprint.agent_event("a", {"type": "X", "value": [value]})
    sprint.log("after")

    mine, agent, after = published(sprint)
    if isinstance(held, str):
        held = held.replace("tests.client.publishing.test_fit", __name__)
    assert mine["value"] == held
    assert agent["event"]["value"] == [held]
    assert after["message"] == "after"


class Raises:
    def __getattribute__(self, _: str) -> NoReturn:
        raise RuntimeError

    def _raise(self, *_: object) -> NoReturn:
        raise ZeroDivisionError

    __repr__ = __str__ = __len__ = __iter__ = __float__ = __index__ = __bool__ = __hash__ = _raise
    __eq__ = __fspath__ = __format__ = _raise


class Lies:
    def __repr__(self) -> str:
        return 7  # type: ignore[return-value]  # what it is here for

    __str__ = __repr__

    def __float__(self) -> float:
        return "x"  # type: ignore[return-value]  # what it is here for

    __len__ = __index__ = lambda _: -1


class Recurses:
    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    def tolist(self) -> Recurses:
        return self

    def __repr__(self) -> str:
        return repr(self)

    __str__ = __repr__


class EndlessList(list[int]):
    def __iter__(self) -> Iterator[int]:
        while True:
            yield 1


class EndlessDict(UserDict[int, int]):
    def __iter__(self) -> Iterator[int]:
        return iter(range(sys.maxsize))

    def __getitem__(self, key: int) -> int:
        return key


class BadDataclass:
    @dataclass
    class Held:
        x: int

        @property
        def y(self) -> NoReturn:
            raise ValueError


def ring() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"inside": value, "beside": [1]}
    return value


HOSTILE: dict[str, Any] = {
    "raises": Raises(),
    "lies": Lies(),
    "recurses": Recurses(),
    "endless list": EndlessList(),
    "endless dict": EndlessDict(),
    "ring": ring(),
    "deep": deep(100_000),
    "wide": list(range(1_000_000)),
    "wide dict": {str(number): number for number in range(100_000)},
    "long": "x" * 10_000_000,
    "long of escapes": "\x00" * 1_000_000,
    "long of emoji": "\N{GRINNING FACE}" * 1_000_000,
    "long keys": {f"{number} {'k' * 1_000}": number for number in range(9_000)},
    "many long": ["x" * 1_000] * 9_000,
    "mock": MagicMock(),
    "class": Raises,
    "huge integer": 10**100_000,
    "million bytes": b"\xfe" * 1_000_000,
    "exception": ExceptionGroup("group", [ValueError(Raises())]),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_b5_no_value_raises_and_nothing_it_does_keeps_the_next_events_away(
    sprint: Sprint, hostile: str
) -> None:
    value = HOSTILE[hostile]
    sprint.emit({"type": "mine", "value": value})
    sprint.emit({"type": "log", "message": value, "level": value, "source": value})
    sprint.agent_event(value, {"type": "TOOL_CALL_RESULT", "content": value})
    sprint.agent_event("a", {"type": "X", "value": {"inside": [value]}})
    sprint.log(value, level=value, source=value)
    sprint.status("running", value)
    sprint.progress(value, value, value, unit=value, parent=value)
    with sprint.message(value) as reply:
        reply.write(value)
    sprint.log("after")

    stored = published(sprint)
    assert "dropped" not in {event["type"] for event in stored}
    assert stored[-1]["message"] == "after"
    assert len(stored) >= 10


class RaisesWhenShown:
    def __repr__(self) -> NoReturn:
        raise ZeroDivisionError

    __str__ = __float__ = __index__ = __len__ = __repr__


HOSTILE_LEAVES = st.sampled_from([RaisesWhenShown, Lies, Recurses, ring, MagicMock]).map(
    lambda kind: kind()
)
KEYS = st.text(st.characters(codec=None), max_size=200) | st.integers() | st.none() | st.floats()
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.datetimes()
    | st.decimals()
    | st.uuids()
    | st.complex_numbers()
    | HOSTILE_LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner) | st.tuples(inner, inner),
    max_leaves=60,
)


@settings(max_examples=300)
@given(VALUES)
def test_b5_what_was_fitted_is_within_the_bounds_of_protocol_4_1(value: object) -> None:
    fitted, _ = fit({"type": "mine", "value": value})

    _, body = check_event(fitted)
    assert len(body) <= EVENT_BYTES
    assert fit(fitted)[0] == fitted


@settings(max_examples=100)
@given(VALUES, st.integers(1_000, 5_000))
def test_b5_a_value_fits_into_any_size(value: object, limit: int) -> None:
    fitted, _ = fit(value, limit_bytes=limit)

    assert len(to_json(fitted)) <= limit


@settings(max_examples=200)
@given(VALUES)
def test_b5_any_value_has_a_text_a_name_and_perhaps_a_number(value: object) -> None:
    assert type(text(value)) is str
    assert len(name(value)) <= 256
    number = finite(value)
    assert number is None or abs(number) <= 2**53 - 1


def test_b5_a_wide_value_is_cut_with_the_number_of_what_is_missing(sprint: Sprint) -> None:
    sprint.emit({"type": "mine", "list": [0] * 10_309})
    sprint.emit({"type": "mine", "object": {str(number): 0 for number in range(10_309)}})

    wide_list, wide_object = published(sprint)
    assert wide_list["list"][-1] == "… [314 more]"
    assert len(wide_list["list"]) == 9_996
    assert wide_object["object"]["…"] == "… [314 more]"


def test_b5_what_lies_beside_a_wide_value_is_kept(sprint: Sprint) -> None:
    sprint.agent_event(
        "a", {"snapshot": list(range(20_000)), "type": "STATE_SNAPSHOT", "note": "kept"}
    )

    (event,) = published(sprint)
    assert event["event"]["type"] == "STATE_SNAPSHOT"
    assert event["event"]["note"] == "kept"


def test_b5_a_deep_value_is_cut_with_a_mark(sprint: Sprint) -> None:
    sprint.emit({"type": "mine", "value": deep(100)})

    (event,) = published(sprint)
    assert "… [nested deeper than 32 levels]" in str(event)


def test_b5_a_tool_result_of_a_megabyte_keeps_its_beginning_and_its_end(sprint: Sprint) -> None:
    result = "first line\n" + "x" * 1_000_000 + "\nlast line"

    sprint.agent_event("a", {"type": "TOOL_CALL_RESULT", "toolCallId": "1", "content": result})

    (event,) = published(sprint)
    content = event["event"]["content"]
    assert content.startswith("first line\n")
    assert content.endswith("\nlast line")
    assert " more characters] … " in content
    assert len(content) > 200_000


def test_b5_an_iterator_is_not_consumed(sprint: Sprint) -> None:
    iterator = iter([1, 2, 3])

    sprint.emit({"type": "mine", "value": iterator})

    assert list(iterator) == [1, 2, 3]
    assert published(sprint)[0]["value"].startswith("<list_iterator object")


def test_b5_slow_objects_are_shown_by_their_type_after_a_while(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from realtime_widgets.client.publishing import fit as module

    monkeypatch.setattr(module, "FOREIGN_S", 0.1)
    clock = iter(range(1_000_000))
    monkeypatch.setattr(module, "perf_counter", lambda: next(clock) / 100)

    class Slow:
        asked = 0

        def __repr__(self) -> str:
            Slow.asked += 1
            return "slow"

    sprint.emit({"type": "mine", "value": [Slow() for _ in range(1_000)]})

    (event,) = published(sprint)
    assert event["value"][0] == "slow"
    assert event["value"][-1] == "<Slow object>"
    assert Slow.asked < 20


def test_b5_names_are_cut_and_two_long_names_stay_two(sprint: Sprint) -> None:
    for end in "ab":
        sprint.progress("t" * 300 + end, 1)
    sprint.progress(3, 1, unit="u" * 40, parent=Path("a/b"))

    first, second, third = published(sprint)
    assert len(first["task"]) == len(second["task"]) == 256
    assert first["task"] != second["task"]
    assert (third["task"], third["parent"], len(third["unit"])) == ("3", "a/b", 32)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([3.0]), 3.0),
        (Decimal("2.5"), 2.5),
        ("7", 7.0),
        (2**60, 2**53 - 1),
        (1e300, 2**53 - 1),
    ],
)
def test_b5_progress_takes_any_number(sprint: Sprint, given: Any, held: float) -> None:
    sprint.progress("task", given, given)

    (event,) = published(sprint)
    assert (event["current"], event["total"]) == (held, held)


@pytest.mark.parametrize("given", [math.nan, math.inf, "three", object(), pd.NA, [1, 2]])
def test_b5_progress_without_a_number_is_a_warning_in_the_log(sprint: Sprint, given: Any) -> None:
    sprint.progress("task", given, 10)
    sprint.progress("task", 3, given)

    warning, progress = published(sprint)
    assert (warning["type"], warning["level"]) == ("log", "warning")
    assert warning["message"].startswith("progress of 'task' is not a number: ")
    assert progress["current"] == 3
    assert progress.get("total") is None


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (0, "debug"), (5, "debug"), (10, "debug"), (25, "info"), (20.5, "info"), (35, "warning"),
        (45, "error"), (1_000, "critical"), (-1, "debug"), (np.int64(30), "warning"),
        ("SUCCESS", "info"), ("trace", "debug"), ("FATAL", "critical"), ("Warn", "warning"),
        ("NOTSET", "debug"), (" error ", "error"), ("loud", "info"), (None, "info"), ([], "info"),
        (True, "debug"),
    ],
)  # fmt: skip
def test_b12_any_level_is_one_of_the_five(sprint: Sprint, given: Any, level: str) -> None:
    sprint.log("x", given)
    sprint.emit({"type": "log", "message": "x", "level": given})

    assert published(sprint)[0]["level"] == level
    if given is not None:
        assert published(sprint)[1]["level"] == level


def test_b12_a_level_that_logging_was_given_is_known(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    monkeypatch.setattr(logging, "_nameToLevel", {**logging._nameToLevel, "AUDIT": 32})  # noqa: SLF001 - taken back

    sprint.log("x", "audit")

    assert published(sprint)[0]["level"] == "warning"


def test_b30_the_middle_of_a_long_line_is_cut_and_its_end_is_kept(sprint: Sprint) -> None:
    traceback = "Traceback (most recent call last):\n" + "  File x\n" * 20_000 + "ValueError: why"

    sprint.log(traceback, "error")
    sprint.status("failed", traceback)

    line, status = published(sprint)
    for shown in (line["message"], status["message"]):
        assert shown.startswith("Traceback (most recent call last):\n")
        assert shown.endswith("\nValueError: why")
        assert " more characters] … " in shown


@pytest.mark.parametrize(
    "moment", [1_700_000_000.25, 1_700_000_000, datetime.fromtimestamp(1_700_000_000.25, UTC)]
)
@pytest.mark.parametrize(
    "event", [{"type": "log", "message": "x"}, {"type": "mine"}, {"type": "dropped", "count": 1, "reason": "refused"}]  # noqa: E501 - in one look
)  # fmt: skip
def test_b31_an_event_keeps_its_own_time(
    sprint: Sprint, event: dict[str, Any], moment: Any
) -> None:
    sprint.emit({**event, "time": moment})
    assert sprint.flush() == 0

    (stored,) = first_page(sprint)
    assert int(stored["time"]) == 1_700_000_000


@pytest.mark.parametrize("moment", ["yesterday", math.nan, None, object()])
def test_b31_a_time_that_is_none_is_now(sprint: Sprint, moment: object) -> None:
    sprint.emit({"type": "mine", "time": moment})
    assert sprint.flush() == 0

    (stored,) = first_page(sprint)
    assert stored["time"] > 1_700_000_000


@pytest.mark.parametrize("broken", [Raises, Lies])
def test_b33_a_length_that_raises_does_not_stop_track(sprint: Sprint, broken: type) -> None:
    class Loader:
        __len__ = __length_hint__ = broken.__len__  # type: ignore[attr-defined]  # both have one

        def __iter__(self) -> Iterator[int]:
            return iter([1, 2, 3])

    assert list(sprint.track(Loader(), "load")) == [1, 2, 3]

    last = published(sprint)[-1]
    assert (last["state"], last["current"], last.get("total")) == ("succeeded", 3, None)


def test_b5_nothing_of_what_was_published_is_kept_alive(sprint: Sprint) -> None:
    class Big:
        alive = 0

        def __init__(self) -> None:
            Big.alive += 1

        def __del__(self) -> None:
            Big.alive -= 1

    sprint.emit({"type": "mine", "value": [Big()]})
    gc.collect()

    assert Big.alive == 0


def test_b5_a_message_of_any_object_is_its_text(sprint: Sprint) -> None:
    sprint.log({"a": [1, "b"]})
    sprint.log(b"bytes")
    sprint.log(ValueError("bad"))
    sprint.log(None)
    sprint.log(list(range(20_000)))

    assert lines(sprint)[:4] == ["{'a': [1, 'b']}", "bytes", "ValueError: bad", "None"]
    assert lines(sprint)[4].endswith("… [10,000 more]")
