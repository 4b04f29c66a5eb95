"""The ends of processes: what was published is sent, and nothing holds the process up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.client.hub_server import HubServer
from tests.client.programs import NOWHERE, lines_of, script

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as hub:
        yield hub


def test_a_script_that_ends_at_once_gets_everything_sent(hub: HubServer) -> None:
    done = script(
        """
        from realtime_widgets import Sprint
        sprint = Sprint("script")
        for number in range(5_000):
            sprint.log(number)
        """,
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(hub, "script") == [str(number) for number in range(5_000)]


def test_a_server_that_is_named_and_not_numbered_is_found_at_the_very_end(hub: HubServer) -> None:
    """`localhost` is looked up in a thread pool, which is closed by then."""
    code = "from realtime_widgets import Sprint; Sprint('script').log('hello')"

    done = script(code, hub.argument.replace("127.0.0.1", "localhost"))

    assert (done.returncode, done.stderr) == (0, "")
    assert lines_of(hub, "script") == ["hello"]


def test_a_script_that_raises_gets_everything_sent(hub: HubServer) -> None:
    done = script(
        """
        from realtime_widgets import Sprint
        with Sprint("script") as sprint:
            raise RuntimeError("no more")
        """,
        hub.argument,
    )

    assert done.returncode == 1
    assert "RuntimeError: no more" in lines_of(hub, "script")[0]
    assert hub.events("script")[-1]["status"] == "failed"


def test_without_a_server_the_process_ends_and_prints_how_many_events_were_not_sent() -> None:
    done = script(
        """
        from realtime_widgets import Sprint
        sprint = Sprint("script")
        for number in range(7):
            sprint.log(number)
        """,
        NOWHERE,
    )

    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "realtime-widgets: 7 events of 'script' were not sent"


def test_nothing_is_printed_about_a_run_in_this_process() -> None:
    done = script(
        """
        import os
        del os.environ["REALTIME_WIDGETS_URL"]
        from realtime_widgets import Sprint
        Sprint("script").log("hello")
        """,
        NOWHERE,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
class TestFork:
    """A forked child is a separate publisher."""

    def test_a_child_publishes_its_own_events_and_none_of_its_parents(self, hub: HubServer) -> None:
        done = script(
            """
            import os, sys, warnings
            warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads
            from realtime_widgets import Sprint
            sprint = Sprint("script")
            for number in range(2_000):
                sprint.log(f"parent {number}")
            child = os.fork()
            for number in range(2_000):
                sprint.log(f"{'parent again' if child else 'child'} {number}")
            if child:
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """,
            hub.argument,
        )

        assert (done.returncode, done.stderr) == (0, "")
        lines = lines_of(hub, "script")
        for name in ("parent", "parent again", "child"):
            own = [line for line in lines if line.rpartition(" ")[0] == name]
            assert own == [f"{name} {number}" for number in range(2_000)]

    def test_children_never_hang_while_threads_of_the_parent_publish(self, hub: HubServer) -> None:
        done = script(
            """
            import os, threading, warnings
            warnings.simplefilter("ignore", DeprecationWarning)
            from realtime_widgets import Sprint
            sprint = Sprint("script")
            stop = threading.Event()

            def publish():
                while not stop.is_set():
                    sprint.log("parent")

            threads = [threading.Thread(target=publish) for _ in range(4)]
            for thread in threads:
                thread.start()
            children = []
            for number in range(20):
                child = os.fork()
                if not child:
                    sprint.log(f"child {number}")
                    os._exit(sprint.close(180))
                children.append(child)
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            stop.set()
            for thread in threads:
                thread.join()
            assert codes == [0] * 20, codes
            """,
            hub.argument,
        )

        assert (done.returncode, done.stderr) == (0, "")
        children = {line for line in lines_of(hub, "script") if line.startswith("child")}
        assert children == {f"child {number}" for number in range(20)}

    def test_a_child_that_leaves_a_block_does_not_end_its_parents_run(self, hub: HubServer) -> None:
        done = script(
            """
            import os, sys, warnings
            warnings.simplefilter("ignore", DeprecationWarning)
            from realtime_widgets import Sprint
            with Sprint("script") as sprint:
                child = os.fork()
                if not child:
                    sys.exit(1)
                os.waitpid(child, 0)
            """,
            hub.argument,
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert [event["status"] for event in hub.events("script")] == ["running", "succeeded"]


@pytest.mark.parametrize(
    "method", ["fork", pytest.param("forkserver", marks=pytest.mark.long), "spawn"]
)
def test_a_worker_of_multiprocessing_gets_everything_sent(hub: HubServer, method: str) -> None:
    done = script(
        f"""
        import multiprocessing, warnings
        from realtime_widgets import Sprint

        def work(number):
            Sprint("script").log(f"worker {{number}}")

        if __name__ == "__main__":
            warnings.simplefilter("ignore", DeprecationWarning)
            Sprint("script").log("parent")
            context = multiprocessing.get_context({method!r})
            workers = [context.Process(target=work, args=(number,)) for number in range(3)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        """,
        hub.argument,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(lines_of(hub, "script")) == ["parent", "worker 0", "worker 1", "worker 2"]
