"""Foreign code that publishes from where it runs: log handlers, finalizers, signals, tracers.

It neither hangs nor floods, and what the publisher itself causes is not published.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import textwrap
import threading
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import QueueFullError
from realtime_widgets.client.publishing.outbox.queue_full import log_queue_full
from realtime_widgets.client.waiting import Patience
from tests.client.hub_server import PATIENCE_S, HubServer
from tests.client.programs import NOWHERE, lines_of, script

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from realtime_widgets import Sprint

    Publish = Callable[..., tuple[list[str], subprocess.CompletedProcess[str]]]

PRELUDE = """
import gc, itertools, json, logging, os, signal, sys, threading
from realtime_widgets import Sprint, follow

class Publishing(logging.Handler):
    def emit(self, record):
        sprint.log(f"{record.name}: {record.getMessage()}")

def publish_all_logs():
    handler = Publishing()
    loggers = [logging.root, *map(logging.getLogger, logging.root.manager.loggerDict)]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)

sprint = Sprint("run")
"""

END = """
left = sprint.flush(180)
assert not left, left
"""

READ = """
sprint.status("succeeded")
print(json.dumps([event.message for event in follow("run", until_end=True) if event.type == "log"]))
"""


@pytest.fixture(params=["server", "embedded"])
def publish(request: pytest.FixtureRequest) -> Iterator[Publish]:
    """Run a program that publishes; give the lines of the run, and how the program ended."""
    if request.param == "embedded":

        def alone(
            code: str, *options: str, **variables: str
        ) -> tuple[list[str], subprocess.CompletedProcess[str]]:
            whole = PRELUDE + textwrap.dedent(code) + END + READ
            done = script(whole, None, *options, **variables)
            return json.loads(done.stdout or "[]"), done

        yield alone
        return
    with HubServer() as hub:

        def to_server(
            code: str, *options: str, **variables: str
        ) -> tuple[list[str], subprocess.CompletedProcess[str]]:
            whole = PRELUDE + textwrap.dedent(code) + END
            done = script(whole, hub.argument, *options, **variables)
            return [event["message"] for event in hub.events("run")], done

        yield to_server


LOG_LINES = """
app = logging.getLogger("app")
for number in range(50):
    app.debug("line %d", number)
sprint.flush(180)
app.debug("the end")
"""

LINES = [*(f"app: line {number}" for number in range(50)), "app: the end"]

MODES = pytest.mark.parametrize(
    ("options", "variables"),
    [((), {}), (("-X", "dev"), {}), ((), {"PYTHONASYNCIODEBUG": "1"})],
    ids=["plain", "dev", "asyncio-debug"],
)


@MODES
def test_b1_a_handler_that_publishes_does_not_hang_when_the_first_event_starts_the_publisher(
    publish: Publish, options: tuple[str, ...], variables: dict[str, str]
) -> None:
    lines, done = publish(f"publish_all_logs()\n{LOG_LINES}", *options, **variables)

    assert (done.returncode, done.stderr) == (0, "")
    assert lines == LINES


@MODES
def test_b2_what_publishing_logs_is_not_published(
    publish: Publish, options: tuple[str, ...], variables: dict[str, str]
) -> None:
    # The level first: the WebSocket library looks at it when it connects.
    first = "logging.root.setLevel('DEBUG'); sprint.log('first'); sprint.flush(180)"

    code = f"{first}\npublish_all_logs()\n{LOG_LINES}"
    lines, done = publish(code, *options, **variables)

    assert (done.returncode, done.stderr) == (0, "")
    assert lines == ["first", *LINES]


def test_b2_what_the_publisher_logs_of_a_server_that_is_down_is_not_published() -> None:
    code = """
        from realtime_widgets.backoff import Backoff
        Backoff.next_delay = lambda _: 0.001
        is_logged = threading.Event()

        class Waiting(logging.Handler):
            def emit(self, record):
                is_logged.set()

        publish_all_logs()
        logging.getLogger("realtime_widgets").addHandler(Waiting())
        sprint.log("one")
        assert is_logged.wait()
        assert sprint.flush(0.1) == 1
        """

    done = script(PRELUDE + textwrap.dedent(code), NOWHERE)

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "realtime-widgets: 1 events of 'run' were not sent"


def test_b2_that_there_was_no_room_is_logged_and_not_published(
    remote: Sprint, server: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Publishing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(record.getMessage())
            remote.log(record.getMessage())

    # ruff: noqa: SLF001 - as in a run that has published for long
    buffer = remote._outbox._buffer
    monkeypatch.setattr(buffer, "_max_events", 5)
    monkeypatch.setattr(buffer, "_patience", Patience(0.01))
    logged, publishing = list[str](), Publishing()
    logging.getLogger("realtime_widgets").addHandler(publishing)
    server.stop()
    with contextlib.suppress(QueueFullError):
        for _ in range(6):
            remote.emit({"type": "note"})
    with log_queue_full():
        remote.emit({"type": "note"})
    logging.getLogger("realtime_widgets").removeHandler(publishing)
    server.start()

    assert remote.flush(PATIENCE_S) == 0
    assert "an event was dropped" in logged[-1]
    assert [event["type"] for event in server.events(remote.sprint_id)] == ["note"] * 5


def test_b1_where_a_handler_raises_while_the_publisher_starts_the_next_event_starts_it(
    publish: Publish,
) -> None:
    lines, done = publish(
        """
        class Broken(logging.Handler):
            def emit(self, record):
                logging.getLogger("asyncio").removeHandler(self)
                broken.set()
                raise ValueError(record)

        broken = threading.Event()
        logging.getLogger("asyncio").addHandler(Broken())
        logging.getLogger("asyncio").setLevel(logging.DEBUG)
        sprint.log("hello")
        assert broken.wait()
        """
    )

    assert done.returncode == 0, done.stderr
    assert lines == ["hello"]


def test_b1_a_handler_that_raises_at_what_the_publisher_logs_does_not_end_publishing(
    server: HubServer, remote: Sprint
) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raised.set()
            raise ValueError(record)

    raised, broken = threading.Event(), Broken()
    server.stop()
    logging.getLogger("realtime_widgets").addHandler(broken)
    remote.log("hello")
    assert raised.wait(PATIENCE_S)
    logging.getLogger("realtime_widgets").removeHandler(broken)
    server.start()

    assert remote.flush(PATIENCE_S) == 0
    assert [event["message"] for event in server.events(remote.sprint_id)] == ["hello"]


# Longer than 40 lines: one program for another process.
def test_b1_handlers_of_threads_that_hold_their_lock_wait_for_no_other(publish: Publish) -> None:
    """A finalizer and a signal handler want the lock of a handler that publishes."""
    lines, done = publish(
        """
        handler = Publishing()
        app = logging.getLogger("app")
        app.addHandler(handler)
        app.setLevel(logging.DEBUG)
        app.propagate = False

        class Logs:
            def __init__(self):
                self.itself = self

            def __del__(self):
                app.debug("finalizer")

        gc.set_threshold(3)
        signal.signal(signal.SIGALRM, lambda *_: app.debug("signal"))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)

        def work(name):
            for number in range(500):
                Logs()
                app.debug("%s", name)

        threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
        for thread in threads:
            thread.start()
        for number in range(500):
            sprint.log("main")
            Logs()
        for thread in threads:
            thread.join()
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.set_threshold(700)
        gc.collect()
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert {name: lines.count(f"app: {name}") for name in "abc"} == dict.fromkeys("abc", 500)
    assert lines.count("main") == 500
    assert lines.count("app: finalizer") == 2_000


def test_b1_what_finalizers_publish_arrives_from_any_thread(publish: Publish) -> None:
    lines, done = publish(
        """
        class Late:
            def __init__(self, number):
                self.number, self.itself = number, self

            def __del__(self):
                sprint.log(f"late {self.number}")

        def cycle(number):
            # A loop that was left without being closed.
            loop = sprint.track([1, 2], f"task {number}")
            next(loop)
            self = [loop]
            self.append(self)

        gc.set_threshold(5, 2, 2)
        threads = set()
        gc.callbacks.append(lambda *_: threads.add(threading.current_thread().name))
        for number in range(3_000):
            Late(number)
            sprint.log(number)
            if number % 500 == 0:
                sprint.flush(180)  # the background thread allocates meanwhile
        gc.set_threshold(700, 10, 10)
        gc.collect()
        assert "realtime-widgets" in threads, threads
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in lines if not line.startswith("late")] == [*map(str, range(3_000))]
    late = sorted(int(line.split()[1]) for line in lines if line.startswith("late"))
    assert late == [*range(3_000)]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers on this system")
@pytest.mark.parametrize("first", ["main", "handler"])
def test_b1_what_a_signal_handler_publishes_arrives_wherever_it_interrupts(
    publish: Publish, first: str
) -> None:
    lines, done = publish(
        f"""
        numbers = itertools.count()

        def handle(*_):
            sprint.log(f"signal {{next(numbers)}}")

        if {first!r} == "main":
            sprint.log("first")
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
        for _ in range(50):
            thread = threading.Thread(target=lambda: None)
            thread.start()
            thread.join()
            threading.enumerate()
        for number in range(20_000):
            sprint.log(number)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sprint.log(f"signals: {{next(numbers)}}")
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    own = [line for line in lines if line.isdecimal()]
    signals = {line for line in lines if line.startswith("signal ")}  # one may interrupt another
    assert own == [*map(str, range(20_000))]
    assert signals == {f"signal {number}" for number in range(len(signals))}
    assert lines[-1] == f"signals: {len(signals)}" != "signals: 0"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timer")
def test_b1_ctrl_c_that_comes_while_garbage_is_collected_is_not_dropped() -> None:
    """Python drops it where it is raised in a callback of the collector."""
    done = script(
        """
        import random, signal
        from realtime_widgets import Sprint

        signal.signal(signal.SIGALRM, signal.default_int_handler)
        sprint = Sprint("run", server="embedded")
        sprint.log("begin")
        arrived = 0
        for _ in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.002, 0.02))
                for _ in range(100_000):
                    sprint.log("line")
                    cyclic = [{} for _ in range(20)]
            except KeyboardInterrupt:
                arrived += 1
        print(arrived)
        """,
        None,
    )

    assert "KeyboardInterrupt" not in done.stderr
    assert done.stdout == "200\n"


@pytest.mark.parametrize("kind", ["trace", "profile"])
def test_b1_a_trace_function_that_publishes_is_called_in_its_own_threads_only(
    publish: Publish, kind: str
) -> None:
    lines, done = publish(
        f"""
        def hear(frame, what, _):
            sprint.log(f"{{threading.current_thread().name}}: {{frame.f_code.co_name}}")
            return hear

        def traced():
            sprint.log("from inside")
            sprint.flush(180)

        threading.set{kind}(hear)
        sys.set{kind}(hear)
        traced()
        sprint.log("done")
        sys.set{kind}(None)
        threading.set{kind}(None)
        sprint.flush(180)
        sprint.log("the end")
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0] == "MainThread: traced"
    assert {"from inside", "done"} <= set(lines)
    assert lines[-1] == "the end"
    assert {line.split(":")[0] for line in lines if ":" in line} == {"MainThread"}


def test_b1_an_audit_hook_that_publishes_is_not_called_in_the_publishers_thread(
    publish: Publish,
) -> None:
    lines, done = publish(
        """
        def hook(event, _):
            if event.startswith("socket.") and is_on:
                sprint.log(event)

        is_on = True
        sys.addaudithook(hook)
        sprint.log("hello")
        sprint.flush(180)
        sprint.log("again")
        sprint.flush(180)
        is_on = False
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines == ["hello", "again"]


def test_b1_a_handler_that_flushes_or_reads_in_the_background_thread_does_not_stop_it(
    publish: Publish,
) -> None:
    lines, done = publish(
        """
        from realtime_widgets import sprints

        class Flushing(logging.Handler):
            def emit(self, record):
                sprint.flush(180)
                sprint.close(180)
                try:
                    sprints(server="embedded")
                except RuntimeError as error:
                    refused.append(error)

        refused = []
        logging.getLogger("asyncio").addHandler(Flushing())
        logging.getLogger("asyncio").setLevel(logging.DEBUG)
        sprint.log("hello")
        sprint.flush(180)
        assert refused
        """
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines == ["hello"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_b1_forked_children_publish_from_handlers_too() -> None:
    code = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads
        publish_all_logs()
        app = logging.getLogger("app")
        for number in range(5):
            app.debug("parent %d", number)
            child = os.fork()
            if not child:
                app.debug("child %d", number)
                os._exit(min(100, sprint.close(180)))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        """

    with HubServer() as hub:
        done = script(PRELUDE + textwrap.dedent(code), hub.argument)
        lines = lines_of(hub, "run")

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines) == sorted(
        f"app: {name} {number}" for name in ("parent", "child") for number in range(5)
    )
