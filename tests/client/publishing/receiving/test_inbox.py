"""Messages of users to the program of a run, through the hub of this process."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import InvalidEventError, Sprint
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime import runtime
from realtime_widgets.protocol.inbox import MAX_WAITING
from tests.client.reading import published, state
from tests.waiting import PATIENCE_S, until, wait_until

if TYPE_CHECKING:
    from realtime_widgets.client.publishing.receiving.inbox import Message
    from tests.client.hub_server import HubServer

here = InProcess()


def inbox(sprint: Sprint) -> dict[str, Any]:
    return (here.run(sprint.sprint_id) or {}).get("inbox") or {}


def send(sprint: Sprint, text: str, **fields: Any) -> int:
    """Send a text to the program, once it reads messages; return its seq."""
    wait_until(lambda: inbox(sprint).get("readers"), "it reads messages")
    event = {"type": "user_message", "text": text, "attempt": 1, **fields}
    return runtime().run(here.reply(sprint.sprint_id, event), PATIENCE_S)


def test_messages_come_in_order_and_wait_until_they_are_taken(sprint: Sprint) -> None:
    with sprint:
        messages = sprint.inbox(timeout=PATIENCE_S)
        for text in ("first", "second"):
            send(sprint, text)
        assert [one["text"] for one in inbox(sprint)["waiting"]] == ["first", "second"]

        first = next(messages)
        sprint.flush()
        assert (first.text, str(first), first.user) == ("first", "first", None)
        assert [one["text"] for one in inbox(sprint)["waiting"]] == ["second"]
        assert next(messages).text == "second"
        assert list(sprint.inbox(timeout=0)) == []

    kinds = [event["type"] for event in published(sprint)]
    assert kinds.count("inbox") == 1
    assert kinds.count("taken") == 2


def test_the_loop_ends_with_the_run(sprint: Sprint) -> None:
    texts: list[str] = []
    with ThreadPoolExecutor(1) as pool, sprint:
        reading = pool.submit(lambda: texts.extend(one.text for one in sprint.inbox()))
        send(sprint, "hello")
        wait_until(lambda: texts, "it is read")
        sprint.status("succeeded")
        reading.result(PATIENCE_S)

    assert texts == ["hello"]


def test_the_loop_ends_when_the_run_is_stopped(sprint: Sprint) -> None:
    sprint = Sprint(sprint.sprint_id, on_cancel="flag")
    with ThreadPoolExecutor(1) as pool, sprint:
        reading = pool.submit(lambda: list(sprint.inbox()))
        wait_until(lambda: inbox(sprint).get("readers"), "it reads messages")
        event = {"type": "control", "action": "stop", "attempt": 1}
        runtime().run(here.reply(sprint.sprint_id, event), PATIENCE_S)
        assert reading.result(PATIENCE_S) == []

    assert state(sprint)["status"] == "cancelled"


def test_a_coroutine_reads_messages_and_a_cancelled_one_loses_none(sprint: Sprint) -> None:
    async def main() -> str:
        async with sprint:
            impatient = asyncio.create_task(anext(sprint.inbox()))
            await until(lambda: bool(inbox(sprint).get("readers")), "it reads messages")
            impatient.cancel()
            with pytest.raises(asyncio.CancelledError):
                await impatient
            event = {"type": "user_message", "text": "kept", "attempt": 1}
            runtime().run(here.reply(sprint.sprint_id, event), PATIENCE_S)
            async for message in sprint.inbox():
                return message.text
        return ""

    assert asyncio.run(main()) == "kept"


def test_a_coroutine_ends_after_its_time(sprint: Sprint) -> None:
    async def main() -> list[Message]:
        async with sprint:
            return [one async for one in sprint.inbox(timeout=0.01)]

    assert asyncio.run(main()) == []


def test_a_function_is_called_with_each_message_also_after_one_that_fails(
    sprint: Sprint, caplog: pytest.LogCaptureFixture
) -> None:
    texts: list[str] = []
    is_done = threading.Event()

    def on_message(message: Message) -> None:
        texts.append(message.text)
        if message.text == "bad":
            raise ValueError("is logged")
        is_done.set()

    sprint = Sprint(sprint.sprint_id, on_message=on_message)
    with sprint:
        send(sprint, "bad")
        send(sprint, "good")
        assert is_done.wait(PATIENCE_S)

    assert texts == ["bad", "good"]
    assert "on_message of" in caplog.text


def test_each_thread_gets_other_messages(sprint: Sprint) -> None:
    with sprint, ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(lambda: [one.text for one in sprint.inbox()]) for _ in range(2)]
        for number in range(30):
            send(sprint, str(number))
            wait_until(lambda: not inbox(sprint)["waiting"], "it is taken")
        sprint.status("succeeded")
        texts = [text for one in readers for text in one.result(PATIENCE_S)]

    assert sorted(texts, key=int) == [str(number) for number in range(30)]


def test_too_many_and_too_long_messages_are_refused_by_name(sprint: Sprint) -> None:
    with sprint:
        sprint.inbox()
        seqs = [send(sprint, str(number), request=f"r{number}") for number in range(MAX_WAITING)]
        with pytest.raises(InvalidEventError, match="20 messages wait") as full:
            send(sprint, "one more")
        assert send(sprint, "0", request="r0") == seqs[0]
        with pytest.raises(InvalidEventError, match=r"9,000 bytes, 8,192 are allowed") as large:
            send(sprint, "x" * 9_000)
        with pytest.raises(InvalidEventError, match="is blank"):
            send(sprint, " \n")

    assert (full.value.code, large.value.code) == ("inbox_full", "too_large")


def test_a_run_that_reads_no_messages_refuses_them(sprint: Sprint) -> None:
    event = {"type": "user_message", "text": "hello", "attempt": 1}
    with sprint:
        sprint.flush()
        with pytest.raises(InvalidEventError, match="reads no messages") as refused:
            runtime().run(here.reply(sprint.sprint_id, event), PATIENCE_S)

    assert refused.value.code == "no_inbox"


def test_messages_are_read_in_a_run_only(sprint: Sprint) -> None:
    with pytest.raises(RuntimeError, match="is not running: read messages in its `with` block"):
        sprint.inbox()


def test_another_attempt_gets_no_message_of_the_one_before(sprint: Sprint) -> None:
    with sprint:
        sprint.inbox()
        send(sprint, "late")
    with sprint:
        assert list(sprint.inbox(timeout=0.01)) == []


def test_messages_sent_while_the_publisher_is_cut_off_come_once(
    remote: Sprint, server: HubServer
) -> None:
    def post(text: str) -> None:
        event = {"type": "user_message", "text": text, "attempt": 1}
        server.do(server.hub.replies.store(remote.sprint_id, event, "alice"))

    with remote:
        messages = remote.inbox(timeout=PATIENCE_S)
        assert remote.flush() == 0
        server.stop()
        post("first")
        post("second")
        server.start()
        assert (next(messages).text, next(messages).user) == ("first", "alice")
        server.cut()
        remote.log("on another connection")
        assert remote.flush() == 0
        post("third")
        assert next(messages).text == "third"
        assert list(remote.inbox(timeout=0)) == []


@pytest.mark.parametrize("on_message", [3, until])
def test_what_cannot_be_called_with_a_message_is_refused(sprint_id: str, on_message: Any) -> None:
    with pytest.raises(TypeError, match="on_message="):
        Sprint(sprint_id, on_message=on_message)


@pytest.mark.long
def test_ten_thousand_messages_come_once_each_in_order(sprint: Sprint) -> None:
    with sprint, ThreadPoolExecutor(1) as pool:
        reading = pool.submit(lambda: [one.text for one in sprint.inbox()])
        for number in range(10_000):
            while True:
                try:
                    send(sprint, str(number))
                    break
                except InvalidEventError as error:
                    assert error.code == "inbox_full"  # noqa: PT017 - it is sent again
        wait_until(lambda: not inbox(sprint)["waiting"], "all are taken")
        sprint.status("succeeded")

        assert reading.result(PATIENCE_S) == [str(number) for number in range(10_000)]
