"""The loop that replaces the background thread where Python runs in a browser."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import signal
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.client.browser import PolledLoop
from realtime_widgets.client.own_threads import is_own_thread
from tests.waiting import PATIENCE_S

from .programs import script

if TYPE_CHECKING:
    from collections.abc import Callable

WITHOUT_THREADS = """
    import _thread, threading

    def refuse(*_, **__):
        raise RuntimeError("can't start new thread")

    _thread.start_new_thread = refuse
    threading.Thread.start = refuse

    from realtime_widgets.client import browser

    browser.IN_BROWSER = True

    from realtime_widgets import Sprint, follow, sprints
"""


@pytest.fixture
def loop() -> PolledLoop:
    return PolledLoop()  # type: ignore[abstract]  # as in the module


def test_a_turn_runs_what_is_due_and_nothing_else(loop: PolledLoop) -> None:
    called: list[str] = []
    loop.call_soon(called.append, "soon")
    loop.call_later(0, called.append, "due")
    loop.call_later(PATIENCE_S, called.append, "later")
    loop.call_later(0, called.append, "cancelled").cancel()
    assert called == []

    loop.poll()

    assert called == ["soon", "due"]


def test_a_turn_inside_the_task_of_another_loop_leaves_that_task_as_it_was(
    loop: PolledLoop,
) -> None:
    async def ours() -> tuple[object, object]:
        await asyncio.sleep(0)
        return asyncio.get_running_loop(), asyncio.current_task()

    async def page() -> None:
        here, task = asyncio.get_running_loop(), asyncio.current_task()
        started = loop.create_task(ours())

        assert loop.wait_until(started.done, PATIENCE_S)

        assert started.result() == (loop, started)
        assert (asyncio.get_running_loop(), asyncio.current_task()) == (here, task)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.sleep(0)

    asyncio.run(page())


def test_the_loop_of_the_page_turns_it_when_something_is_due(loop: PolledLoop) -> None:
    async def page() -> None:
        done = asyncio.Event()
        loop.call_later(0.01, done.set)
        async with asyncio.timeout(PATIENCE_S):
            await done.wait()

    asyncio.run(page())


def test_what_waits_for_the_loop_is_called_between_two_turns(loop: PolledLoop) -> None:
    seen: list[bool] = []

    async def ours() -> None:
        await asyncio.sleep(0)

    def wait() -> None:
        task = loop.create_task(ours())
        seen.append(loop.wait_until(task.done, PATIENCE_S))

    loop.call_soon(loop.call_outside, wait)
    loop.poll()

    assert seen == [True]


def test_a_turn_inside_a_turn_does_nothing_and_a_wait_there_ends(loop: PolledLoop) -> None:
    seen: list[object] = []

    def inside() -> None:
        loop.call_soon(seen.append, "later")
        loop.poll()
        seen.append(loop.wait_until(lambda: False, PATIENCE_S))

    loop.call_soon(inside)
    loop.poll()

    assert seen == [False, "later"]


def test_a_callback_that_fails_is_logged(
    loop: PolledLoop, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("so it is")

    with caplog.at_level(logging.ERROR, "realtime_widgets"):
        loop.call_soon(fail)
        loop.poll()

    assert "so it is" in caplog.text


def test_ctrl_c_takes_effect_after_the_turn(loop: PolledLoop) -> None:
    called: list[str] = []

    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)
        called.append("to the end")

    loop.call_soon(interrupt)
    with pytest.raises(KeyboardInterrupt):
        loop.poll()

    assert called == ["to the end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nothing_is_published_from_a_turn(loop: PolledLoop) -> None:
    seen: list[bool] = []
    loop.call_soon(lambda: seen.append(is_own_thread()))

    loop.poll()

    assert seen == [True]
    assert not is_own_thread()


def test_a_callback_has_the_context_that_it_is_given(loop: PolledLoop) -> None:
    name = contextvars.ContextVar("name", default="none")
    context = contextvars.Context()
    context.run(name.set, "given")
    seen: list[str] = []
    look: Callable[[], object] = lambda: seen.append(name.get())  # noqa: E731 - short
    loop.call_soon(look, context=context)
    loop.call_later(0, look)

    loop.poll()

    assert seen == ["given", "none"]


def test_without_threads_runs_are_published_and_read() -> None:
    done = script(
        WITHOUT_THREADS
        + """
    import asyncio

    with Sprint("sync") as sprint:
        for n in range(1_000):
            sprint.log(f"line {n}")
    assert sprint.flush() == 0
    assert [run.status for run in sprints()] == ["succeeded"]
    events = [event.message for event in follow("sync", until_end=True) if event.type == "log"]
    assert events == [f"line {n}" for n in range(1_000)]

    async def publish():
        async with Sprint("async") as sprint:
            for n in sprint.track(range(3), "count"):
                await asyncio.sleep(0)
        assert await sprint.aclose() == 0

    async def main():
        publishing = asyncio.create_task(publish())
        kinds = [event.type async for event in follow("async", until_end=True)]
        await publishing
        assert kinds[0] == kinds[-1] == "status_update"

    asyncio.run(main())
    print("done")
    """,
        None,
        REALTIME_WIDGETS_QUIET="1",
    )

    assert (done.stdout, done.stderr) == ("done\n", "")


def test_without_threads_a_full_queue_makes_room_for_itself() -> None:
    done = script(
        WITHOUT_THREADS
        + """
    from realtime_widgets.client.publishing.outbox import buffer

    sprint = Sprint("full")
    sprint._outbox._buffer._max_events = 100
    for n in range(1_000):
        sprint.emit({"type": "log", "message": f"line {n}"})
    assert sprint.flush() == 0
    print(sprints()[0].logs, sprints()[0].dropped)
    """,
        None,
        REALTIME_WIDGETS_QUIET="1",
    )

    assert (done.stdout, done.stderr) == ("1000 0\n", "")
