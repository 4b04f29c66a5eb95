"""Consecutive deltas of one text are joined to one event while they wait to be sent."""

from __future__ import annotations

import itertools
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from ag_ui.core import TextMessageContentEvent
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from realtime_widgets.client.publishing.outbox import buffer as buffer_module
from realtime_widgets.client.publishing.outbox import outbox
from realtime_widgets.client.publishing.outbox.buffer import Buffer
from realtime_widgets.client.publishing.outbox.joining import MAX_JOINED, joining_key
from realtime_widgets.client.runtime import runtime
from tests.client.hub_server import HubServer
from tests.client.interrupts import ctrl_c
from tests.client.programs import script
from tests.client.reading import published
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets import Sprint


def delta(text: str, message: str = "m", **fields: Any) -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": text, **fields}


def append(waiting: Buffer, text: str, message: str = "m") -> None:
    event = delta(text, message)
    fields = {"type": "agent_message", "agent": "planner", "event": event}
    waiting.append(fields, len(text), joins=joining_key("planner", event))


def texts(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["event"]["messageId"], each["event"]["delta"]) for each in events]


def idle(max_events: int = 1_000) -> Buffer:
    """A buffer whose owner comes at once when it is woken."""
    waiting = Buffer("run", lambda: waiting.make_room(), max_events=max_events)  # noqa: PLW0108 - not there yet
    return waiting


def test_consecutive_deltas_of_one_message_are_one_event() -> None:
    waiting = idle()
    for text in ("All ", "is ", "well."):
        append(waiting, text)

    assert texts(waiting.take(9)) == [("m", "All is well.")]


def test_what_comes_between_is_not_passed_over() -> None:
    waiting = idle()
    append(waiting, "a")
    append(waiting, "b", "other")
    append(waiting, "c")
    waiting.append({"type": "log", "event": delta("x", "log")}, 1, may_drop=True)
    append(waiting, "d")
    append(waiting, "e")

    taken = texts(waiting.take(9))

    assert taken == [("m", "a"), ("other", "b"), ("m", "c"), ("log", "x"), ("m", "de")]


def test_a_joined_text_has_at_most_16384_characters() -> None:
    waiting = idle()
    for _ in range(5):
        append(waiting, "x" * (MAX_JOINED // 2))

    assert [len(text) for _, text in texts(waiting.take(9))] == [MAX_JOINED, MAX_JOINED, 8_192]


def test_a_limit_of_events_counts_joined_events() -> None:
    waiting = idle()
    for message in ("m", "m", "n", "n", "o"):
        append(waiting, "x", message)

    assert texts(waiting.take(2)) == [("m", "xx"), ("n", "xx")]
    assert texts(waiting.take(2)) == [("o", "x")]


def test_a_joined_event_counts_as_all_its_parts_once_it_is_acknowledged() -> None:
    waiting = idle()
    waiting.append({"type": "log"}, 1)
    for text in "abc":
        append(waiting, text)
    assert (len(waiting.take(9)), waiting.appended) == (2, 4)

    waiting.joins.note_acked(1)
    before = waiting.joins.acked
    waiting.joins.note_acked(2)

    assert (before, waiting.joins.acked, waiting.appended) == (0, 2, 4)


def test_a_full_buffer_joins_deltas_before_it_drops_anything() -> None:
    waiting = idle(max_events=10)
    waiting.append({"type": "log", "message": "kept"}, 1, may_drop=True)

    for number in range(1_000):
        append(waiting, str(number % 10))

    log, *events = waiting.take(99)
    assert log["message"] == "kept"
    assert texts(events) == [("m", "0123456789" * 100)]
    assert waiting.appended == 1_001


class Joining(RuleBasedStateMachine):
    """Appends, takes and acknowledgements in any order: the text and the counts are right."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = idle()
        self.appended: list[tuple[str, str]] = []
        self.taken: list[tuple[str, str]] = []
        self.acked = 0

    @rule(text=st.text("ab", min_size=1, max_size=3), message=st.sampled_from("mn"))
    def append_delta(self, text: str, message: str) -> None:
        append(self.waiting, text, message)
        self.appended.append((message, text))

    @rule()
    def append_event(self) -> None:
        self.waiting.append({"event": delta("", "event")}, 1)
        self.appended.append(("event", ""))

    @rule(limit=st.integers(1, 5))
    def take(self, limit: int) -> None:
        self.taken += texts(self.waiting.take(limit))

    @rule()
    def make_room(self) -> None:
        self.waiting._wanted_bytes = buffer_module.MAX_BYTES  # noqa: SLF001 - as if it were full
        self.waiting.make_room()
        self.waiting._wanted_bytes = 0  # noqa: SLF001

    @rule(data=st.data())
    def ack(self, data: st.DataObject) -> None:
        self.acked = data.draw(st.integers(self.acked, len(self.taken)))
        self.waiting.joins.note_acked(self.acked)

    @invariant()
    def every_append_is_counted_once(self) -> None:
        assert self.waiting.appended == len(self.appended)
        assert self.waiting.taken == len(self.taken)

    @invariant()
    def acknowledged_appends_are_exactly_those_in_acknowledged_events(self) -> None:
        settled = self.acked + self.waiting.joins.acked
        assert flat(self.taken[: self.acked]) == flat(self.appended[:settled])

    def teardown(self) -> None:
        self.taken += texts(self.waiting.take(1_000))
        assert flat(self.taken) == flat(self.appended)


def flat(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parts, with consecutive ones of a message as one, and other events by themselves."""
    whole: list[tuple[str, str]] = []
    for message, text in parts:
        if message != "event" and whole and whole[-1][0] == message:
            whole[-1] = (message, whole[-1][1] + text)
        else:
            whole.append((message, text))
    return whole


TestJoining = Joining.TestCase
TestJoining.settings = settings(max_examples=30, stateful_step_count=40)


def test_wherever_ctrl_c_comes_no_delta_is_missing_or_there_twice() -> None:
    def have_it_come() -> None:
        owner = threading.Thread(target=waiting.make_room)
        owner.start()
        owner.join()

    moment = 0
    while True:
        waiting = Buffer("run", have_it_come, max_events=10)
        numbers = itertools.count()
        returned: list[int] = []
        try:
            with ctrl_c(moment, buffer_module.__file__):
                write_numbers(waiting, numbers, returned)
        except KeyboardInterrupt:
            write_numbers(waiting, numbers, returned)
        else:
            break
        written = [int(n) for _, text in texts(waiting.take(100)) for n in text.split()]
        assert written == sorted(set(written))
        assert set(returned) <= set(written)
        assert len(written) <= next(numbers)
        moment += 1
    assert moment > 20


def write_numbers(waiting: Buffer, numbers: Iterator[int], returned: list[int]) -> None:
    for number in itertools.islice(numbers, 20):
        append(waiting, f"{number} ")
        returned.append(number)


PLAIN = [
    delta("x"),
    delta("x", subagentRunId="s"),
    {"type": "TEXT_MESSAGE_CHUNK", "delta": "x"},
    {"type": "REASONING_MESSAGE_CONTENT", "messageId": "m", "delta": "x"},
    {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": "x"},
    {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "delta": "x"},
    TextMessageContentEvent(message_id="m", delta="x"),
    TextMessageContentEvent(message_id="m", delta="x").model_dump(),
    delta("\udc00"),
]
OTHERS = [
    delta("x", timestamp=1),
    delta("x", metadata={"a": 1}),
    {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "sql", "delta": "x"},
    {"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/a", "value": 1}]},
    {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
    delta("x", 7),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("event", "count"), [(e, 1) for e in PLAIN] + [(e, 3) for e in OTHERS])
def test_only_events_that_hold_ids_and_a_delta_are_joined(
    sprint: Sprint, event: object, count: int
) -> None:
    sprint.log("before")
    published(sprint)
    with Held():
        for _ in range(3):
            sprint.agent_event("planner", event)

    assert len(published(sprint)) == 1 + count


class Held:
    """Keeps the background thread from taking events until the end of the block."""

    def __enter__(self) -> None:
        self._release = threading.Event()
        arrived = threading.Event()

        def hold() -> None:
            arrived.set()
            self._release.wait(PATIENCE_S)

        runtime().call_soon(hold)
        assert arrived.wait(PATIENCE_S)

    def __exit__(self, *_: object) -> None:
        self._release.set()


def test_50000_writes_store_at_most_100_events_and_the_text_is_whole(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FLOOD_S", 0.5)  # fewer on a busy machine, where they take longer
    with sprint.message("planner") as reply:
        for number in range(50_000):
            reply.write(f"{number} ")

    events = published(sprint)
    assert len(events) <= 100
    text = "".join(event["event"].get("delta", "") for event in events)
    assert text == "".join(f"{number} " for number in range(50_000))


def test_a_piece_that_is_written_while_nothing_waits_is_sent_at_once(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        for number in range(5):
            assert sprint.flush() == 0
            reply.write(number)

    deltas = [event["event"].get("delta") for event in published(sprint)]
    assert deltas == [None, "0", "1", "2", "3", "4", None]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_fork_in_the_middle_of_a_message_repeats_and_loses_no_text() -> None:
    with HubServer() as hub:
        done = script(
            """
            import os, sys, warnings
            warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads
            from realtime_widgets import Sprint
            sprint = Sprint("script")
            reply = sprint.message("parent").__enter__()
            for number in range(2_000):
                reply.write(f"{number} ")
            child = os.fork()
            if not child:
                with sprint.message("child") as reply:
                    reply.write("hello")
                os._exit(sprint.close(180))
            for number in range(2_000, 4_000):
                reply.write(f"{number} ")
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """,
            hub.argument,
        )
        events = hub.events("script")

    assert (done.returncode, done.stderr) == (0, "")
    written = {"parent": "", "child": ""}
    for event in events:
        written[event["agent"]] += event["event"].get("delta", "")
    assert written == {"parent": "".join(f"{n} " for n in range(4_000)), "child": "hello"}
