"""The bounded buffer between the user's threads and the publisher's task."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import QueueFullError
from realtime_widgets.client import own_threads
from realtime_widgets.client.own_threads import unpublished
from realtime_widgets.client.publishing.outbox import buffer as buffer_module
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from tests.client.interrupts import ctrl_c

if TYPE_CHECKING:
    from collections.abc import Iterator


def buffer(**bounds: Any) -> Buffer:
    """A buffer whose owner comes at once when it is woken."""
    waiting = Buffer("run", lambda: waiting.make_room(), **bounds)  # noqa: PLW0108 - not there yet
    return waiting


def log(name: str) -> dict[str, Any]:
    return {"type": "log", "message": name}


def names(events: list[dict[str, Any]]) -> list[Any]:
    return [event.get("message") or event["count"] for event in events]


def test_events_come_out_in_the_order_in_which_they_went_in() -> None:
    waiting = buffer()

    for name in "abc":
        waiting.append(log(name), 1, may_drop=True)

    assert names(waiting.take(2)) == ["a", "b"]
    assert names(waiting.take(2)) == ["c"]


def test_a_full_buffer_drops_the_oldest_lines_and_puts_a_notice_in_their_place() -> None:
    waiting = buffer(max_events=4)
    waiting.append({"type": "x", "message": "first"}, 1)

    for name in "abcdef":
        waiting.append(log(name), 1, may_drop=True)

    events = waiting.take(10)
    assert names(events) == ["first", 5, "f"] or names(events) == ["first", 4, "e", "f"]
    assert events[1]["reason"] == "buffer_full"


def test_what_is_dropped_and_what_is_kept_is_all_that_was_published() -> None:
    waiting = buffer(max_events=100)

    for number in range(1_000):
        waiting.append(log(str(number)), 1, may_drop=True)

    notice, *rest = waiting.take(1_000)
    assert notice["count"] + len(rest) == 1_000
    assert names(rest) == [str(number) for number in range(notice["count"], 1_000)]


def test_bytes_are_bounded_as_well() -> None:
    waiting = buffer(max_bytes=1_000)

    for number in range(10):
        waiting.append(log(str(number)), 300, may_drop=True)

    notice, *rest = waiting.take(100)
    assert notice["count"] + len(rest) == 10
    assert len(rest) <= 3


def test_other_events_are_never_dropped() -> None:
    waiting = buffer(max_events=10)

    for number in range(100):
        event = {"type": "x", "message": number} if number % 20 == 0 else log(str(number))
        waiting.append(event, 1, may_drop=event["type"] == "log")

    kept = [event["message"] for event in waiting.take(100) if event["type"] == "x"]
    assert kept == [0, 20, 40, 60, 80]


def test_among_events_that_are_kept_the_newest_line_is_kept_and_the_others_are_counted() -> None:
    waiting = buffer(max_events=2)
    waiting.append({"type": "x", "message": "a"}, 1)
    waiting.append({"type": "x", "message": "b"}, 1)

    waiting.append(log("c"), 1, may_drop=True)
    waiting.append(log("d"), 1, may_drop=True)

    waiting.append(log("e"), 1, may_drop=True)

    assert names(waiting.take(10)) == ["a", "b", 2, "e"]


def test_another_event_waits_for_room() -> None:
    waiting = buffer(max_events=1, wait_s=20)
    waiting.append({"type": "x", "message": "a"}, 1)
    thread = threading.Thread(target=waiting.append, args=({"type": "x", "message": "b"}, 1))

    thread.start()
    first = waiting.take(1)
    thread.join()

    assert names(first + waiting.take(1)) == ["a", "b"]


def test_waiting_for_room_ends_with_an_error_that_advises_what_to_do() -> None:
    waiting = buffer(max_events=1, wait_s=0.01)
    waiting.append({"type": "x"}, 1)

    with pytest.raises(QueueFullError, match=r"doctor\(\)"):
        waiting.append({"type": "x"}, 1)


def test_the_reader_is_woken_only_when_it_sleeps() -> None:
    woken: list[int] = []
    waiting = Buffer("run", lambda: woken.append(len(waiting)))

    waiting.append(log("a"), 1)
    waiting.append(log("b"), 1)
    waiting.take(10)
    assert waiting.sleep_if_empty()
    waiting.append(log("c"), 1)

    assert woken == [1, 1]
    assert not waiting.sleep_if_empty()


def test_what_is_interrupted_while_it_wakes_the_reader_is_kept_and_the_next_event_wakes() -> None:
    interrupts = [KeyboardInterrupt]
    woken: list[bool] = []

    def wake() -> None:
        if interrupts:
            raise interrupts.pop()
        woken.append(True)

    waiting = Buffer("run", wake)
    with pytest.raises(KeyboardInterrupt):
        waiting.append(log("a"), 1)

    waiting.append(log("b"), 1)

    assert woken == [True]
    assert names(waiting.take(10)) == ["a", "b"]


def test_an_owner_that_left_is_woken_by_the_next_event() -> None:
    woken: list[bool] = []
    waiting = Buffer("run", lambda: woken.append(True))
    waiting.append(log("a"), 1)
    waiting.arm_wakeup()

    waiting.append(log("b"), 1)

    assert woken == [True, True]


def test_what_is_forgotten_counts_as_published() -> None:
    waiting = buffer()
    waiting.append(log("a"), 1)

    waiting.discard_all()
    waiting.append(log("b"), 1)

    assert (len(waiting), waiting.appended) == (1, 2)


def test_an_owner_that_does_not_come_costs_one_wait_and_dropped_events_are_counted_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(buffer_module, "OWNER_WAIT_S", 0.01)
    woken: list[bool] = []
    waiting = Buffer("run", lambda: woken.append(True), max_events=2)
    for name in "abcde":
        waiting.append(log(name), 1, may_drop=True)

    waiting.make_room()

    assert names(waiting.take(9)) == [2, 3]
    assert woken == [True, True]
    assert waiting.appended == 5


def test_b1_a_finalizer_in_the_thread_that_publishes_does_not_wait() -> None:
    waiting = Buffer("run", lambda: None, max_events=1)
    waiting.append({"type": "x", "message": "a"}, 1)

    with unpublished():
        own_threads.silent.clear()  # as while the garbage collector runs
        waiting.append({"type": "x", "message": "b"}, 1)

    assert names(waiting.take(9)) == ["a", "b"]


def test_drops_change_nothing_about_how_many_events_came_in() -> None:
    waiting = buffer(max_events=50)

    for number in range(1_000):
        waiting.append(log(str(number)), 1, may_drop=True)

    assert waiting.appended == 1_000
    assert len(waiting.take(100)) == 1_000 - waiting.discarded


def test_an_event_of_the_garbage_collector_while_room_is_made_is_kept() -> None:
    class Late(dict[str, Any]):
        """Publishes once when it is looked at, as a `__del__` may at any moment."""

        def get(self, key: str, default: Any = None) -> Any:
            if not late:
                late.append(True)
                waiting.append({"type": "x", "message": "late"}, 0)
            return super().get(key, default)

    late: list[bool] = []
    waiting = buffer(max_bytes=1_000)
    waiting.append(Late(log("a")), 1_000, may_drop=True)

    waiting.append(log("b"), 1, may_drop=True)

    assert names(waiting.take(10)) == [1, "late", "b"]


@pytest.mark.parametrize("max_events", [10, 1_000])
def test_wherever_ctrl_c_comes_no_event_is_missing_in_silence(max_events: int) -> None:
    def have_it_come() -> None:
        # In a separate thread, as in life: Ctrl-C does not come there.
        owner = threading.Thread(target=waiting.make_room)
        owner.start()
        owner.join()

    moment = 0
    while True:
        waiting = Buffer("run", have_it_come, max_events=max_events)
        numbers = itertools.count()
        returned: list[int] = []
        try:
            with ctrl_c(moment, buffer_module.__file__):
                publish_numbers(waiting, numbers, returned)
        except KeyboardInterrupt:
            publish_numbers(waiting, numbers, returned)
        else:
            break

        events = waiting.take(100)
        dropped = sum(event["count"] for event in events if event["type"] == "dropped")
        kept = [event["message"] for event in events if event["type"] != "dropped"]
        assert kept == sorted(set(kept))
        assert {number for number in returned if number % 8 == 0} <= set(kept)
        assert len(returned) <= len(kept) + dropped <= next(numbers)
        assert waiting.appended == waiting.discarded + len(events)
        moment += 1
    assert moment > 50


def publish_numbers(waiting: Buffer, numbers: Iterator[int], returned: list[int]) -> None:
    """Publish twenty events, of which every eighth must not be dropped."""
    for number in itertools.islice(numbers, 20):
        event = {"type": "x" if number % 8 == 0 else "log", "message": number}
        waiting.append(event, 1, may_drop=number % 8 != 0)
        returned.append(number)
