"""Workers, and the ends of processes: what is published arrives, or one line names what is lost."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.client.hub_server import HubServer
from tests.client.programs import NOWHERE, lines_of, script

if TYPE_CHECKING:
    from collections.abc import Iterator

METHODS = pytest.mark.parametrize(
    "method", ["fork", pytest.param("forkserver", marks=pytest.mark.long), "spawn"]
)

WORK = """
import atexit, multiprocessing, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads
from concurrent.futures import ProcessPoolExecutor
from realtime_widgets import Sprint

def work(number):
    Sprint("run").log(number)

def work_in_a_thread(number):
    sprint = Sprint("run")
    thread = threading.Thread(target=sprint.log, args=(number,))
    thread.start()
    thread.join()

def work_and_stay(number, done, wait_s=60):
    work(number)
    done.set()
    while True:
        time.sleep(wait_s)
"""

NUMBERS = [*map(str, range(20))]


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        yield hub


@METHODS
@pytest.mark.parametrize("work", ["work", "work_in_a_thread"])
def test_b4_what_the_workers_of_a_pool_publish_arrives_though_the_block_ends_them(
    hub: HubServer, method: str, work: str
) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        pool.map({work}, range(20), chunksize=1)
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines_of(hub, "run"), key=int) == NUMBERS


@METHODS
def test_b4_what_the_workers_of_an_executor_publish_arrives(hub: HubServer, method: str) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        list(executor.map(work, range(20)))
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines_of(hub, "run"), key=int) == NUMBERS


@pytest.mark.parametrize(
    "backend", [pytest.param("loky", marks=pytest.mark.long), "multiprocessing", "threading"]
)
def test_b4_what_the_workers_of_joblib_publish_arrives(hub: HubServer, backend: str) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    from joblib import Parallel, delayed
    warnings.simplefilter("ignore")
    Parallel(n_jobs=2, backend={backend!r})(delayed(work)(number) for number in range(20))
""",
        hub.argument,
        *("-W", "ignore"),  # of resources that joblib leaves open
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines_of(hub, "run"), key=int) == NUMBERS


@METHODS
def test_b4_a_worker_that_gets_sigterm_sends_what_it_published_and_ends_of_the_signal(
    hub: HubServer, method: str
) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    done = context.Event()
    worker = context.Process(target=work_and_stay, args=(0, done))
    worker.start()
    assert done.wait()
    worker.terminate()
    worker.join()
    print(worker.exitcode)
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) == -signal.SIGTERM
    assert lines_of(hub, "run") == ["0"]


def test_b4_a_daemon_process_sends_what_it_published_when_its_parent_ends(hub: HubServer) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    done = multiprocessing.Event()
    multiprocessing.Process(target=work_and_stay, args=(0, done), daemon=True).start()
    assert done.wait()
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(hub, "run") == ["0"]


def test_b4_a_worker_whose_main_module_publishes_while_it_is_imported_sends_all(
    hub: HubServer,
) -> None:
    done = script(
        f"""{WORK}
Sprint("import").log(__name__)
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(work, range(20))
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines_of(hub, "import")) == ["__main__", "__mp_main__"]
    assert lines_of(hub, "run") == NUMBERS


def test_b4_a_handler_of_sigterm_that_the_program_has_is_not_replaced(hub: HubServer) -> None:
    done = script(
        f"""{WORK}
def own_handler(*_):
    work("from the handler")
    sys.exit(7)

def work_with_a_handler(done):
    signal.signal(signal.SIGTERM, own_handler)
    work_and_stay(0, done, wait_s=0.1)  # Python may notice a signal only after a system call

if __name__ == "__main__":
    done = multiprocessing.Event()
    worker = multiprocessing.Process(target=work_with_a_handler, args=(done,))
    worker.start()
    assert done.wait()
    worker.terminate()
    worker.join()
    print(worker.exitcode)
""",
        hub.argument,
    )

    assert (done.returncode, done.stderr, done.stdout) == (0, "", "7\n")
    assert lines_of(hub, "run") == ["0", "from the handler"]


def test_b4_a_program_that_is_no_worker_ends_of_sigterm_as_ever(hub: HubServer) -> None:
    done = script(
        f"""{WORK}
work(0)
print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, flush=True)
os.kill(os.getpid(), signal.SIGTERM)
""",
        hub.argument,
    )

    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "True\n")


@METHODS
def test_b4_workers_that_reach_no_server_print_how_many_events_were_not_sent(method: str) -> None:
    done = script(
        f"""{WORK}
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(1) as pool:
        pool.map(work, range(7))
""",
        NOWHERE,
    )

    assert done.returncode == 0
    assert "realtime-widgets: 7 events of 'run' were not sent" in done.stderr.splitlines()


EXIT_HANDLER = """
import atexit

@atexit.register
def at_exit():
    sprint.log("at exit")
    sprint.status("succeeded")
"""


@pytest.mark.parametrize("when", ["before the import", "before the first event", "last"])
def test_b4_what_exit_handlers_publish_arrives_in_any_order_of_registration(
    hub: HubServer, when: str
) -> None:
    parts = {
        "before the import": "from realtime_widgets import Sprint\nsprint = Sprint('run')",
        "before the first event": "sprint.log('hello')",
        "last": "",
    }
    code = "".join(
        (EXIT_HANDLER if name == when else "") + f"\n{part}\n" for name, part in parts.items()
    )

    done = script(code, hub.argument)

    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(hub, "run") == ["hello", "at exit"]
    assert hub.events("run")[-1]["status"] == "succeeded"


def test_b4_a_first_event_at_exit_arrives(hub: HubServer) -> None:
    done = script(
        f"{EXIT_HANDLER}\nfrom realtime_widgets import Sprint\nsprint = Sprint('run')", hub.argument
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(hub, "run") == ["at exit"]


def test_b4_events_after_the_exit_hook_that_are_not_sent_are_counted_in_one_line() -> None:
    done = script(
        """
        import atexit

        @atexit.register
        def at_exit():
            for number in range(50):
                sprint.log(number)

        from realtime_widgets import Sprint

        sprint = Sprint("run")
        for number in range(7):
            sprint.log(number)
        """,
        NOWHERE,
    )

    assert done.returncode == 0
    assert [line for line in done.stderr.splitlines() if "not sent" in line] == [
        "realtime-widgets: 7 events of 'run' were not sent",
        "realtime-widgets: 50 more events of 'run' were not sent",
    ]


def test_b4_what_threads_publish_while_the_process_ends_arrives_once_the_call_has_returned(
    hub: HubServer,
) -> None:
    done = script(
        """
        import itertools, os, threading, time
        from realtime_widgets import Sprint

        sprint = Sprint("run")
        is_flowing = threading.Event()

        def publish(name):
            for number in itertools.count():
                sprint.log(f"{name} {number}")
                os.write(1, f"{name} {number}\\n".encode())
                if number > 100:
                    is_flowing.set()

        for name in "abcd":
            threading.Thread(target=publish, args=(name,), daemon=True).start()
        assert is_flowing.wait()
        """,
        hub.argument,
        *("-W", "ignore::ResourceWarning"),  # of what the threads were about to connect
    )

    assert done.returncode == 0
    # What is published while the first line is printed is counted in another one.
    line = r"realtime-widgets: \d+ (more )?events of 'run' were not sent\n"
    assert re.fullmatch(f"({line}){{0,2}}", done.stderr)
    assert {*done.stdout.splitlines()} <= {*lines_of(hub, "run")}


def test_b4_the_end_does_not_hang_where_objects_publish_when_all_is_taken_down(
    hub: HubServer,
) -> None:
    done = script(
        """
        import itertools, threading
        from realtime_widgets import Sprint

        sprint = Sprint("run")
        is_flowing = threading.Event()

        class Late:
            def __del__(self, sprint=sprint):
                sprint.log("late")

        def publish():
            for number in itertools.count():
                sprint.log("x")
                is_flowing.set()

        late = Late()
        loop = sprint.track([1, 2], "task")
        next(loop)
        threading.Thread(target=publish, daemon=True).start()
        assert is_flowing.wait()
        """,
        hub.argument,
    )

    assert done.returncode == 0
