"""A script that finds no server prints one notice, where its user looks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from tests.client.hub_server import PATIENCE_S
from tests.environment import clean_environment

NOTICE = (
    "realtime-widgets: no Jupyter server was found, so this run is visible in this process only; "
    "call realtime_widgets.doctor() to see where it looked, or pass the URL of a server: "
    'Sprint(..., server="http://localhost:8888/?token=...")\n'
)

HELLO = """
from realtime_widgets import Sprint
Sprint("script").log("hello")
"""


def stderr_of(code: str, *options: str, **variables: str) -> str:
    """Run a program with no server in its environment, and return what it wrote to stderr."""
    environment = clean_environment() | {"PYTHONPATH": os.pathsep.join(sys.path)} | variables
    del environment["PYTEST_CURRENT_TEST"]
    with tempfile.TemporaryDirectory() as folder:
        # A file, for multiprocessing imports it again.
        program = Path(folder, "program.py")
        program.write_text(textwrap.dedent(code))
        done = subprocess.run(
            [sys.executable, *options, str(program)],
            env=environment | {"JUPYTER_RUNTIME_DIR": folder},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "code",
    [
        HELLO,
        f"{HELLO}\nfor name in 'ab': Sprint(name).log(name)",
        "from realtime_widgets import Sprint\nwith Sprint('script'): pass",
        "from realtime_widgets import Sprint\nSprint('script').progress('train', 1, 2)",
        f"import threading\n{HELLO}\nthreading.Thread(target=Sprint('b').log, args='b').start()",
    ],
)
def test_b26_a_script_that_publishes_to_no_server_prints_one_line(code: str) -> None:
    assert stderr_of(code) == NOTICE


def test_b26_a_session_of_python_prints_it_too() -> None:
    assert NOTICE in stderr_of(HELLO, "-i")


def test_b26_the_line_is_written_at_once_so_that_no_prompt_comes_into_it() -> None:
    code = """
import sys

class Stream:
    def write(self, text):
        sys.__stderr__.write(f"[{text}]")

    def flush(self):
        pass

sys.stderr = Stream()
"""

    assert stderr_of(code + HELLO) == f"[{NOTICE}]"


def test_b26_a_plain_ipython_prints_it_too() -> None:
    assert stderr_of(HELLO, "-m", "IPython", "--no-banner", "--colors=NoColor") == NOTICE


@pytest.mark.parametrize(
    "code",
    [
        "import realtime_widgets._sprint",
        "from realtime_widgets import Sprint\nSprint('script')",
        "from realtime_widgets import watch\nwatch('script')",
        "from realtime_widgets import follow, sprints\nfollow('script')\nsprints()",
        "from realtime_widgets import doctor\ndoctor()",
        "from realtime_widgets import Sprint\nSprint('script', server='embedded').log('hello')",
    ],
)
def test_b26_nothing_is_printed_where_nothing_is_published_or_it_was_asked_for(code: str) -> None:
    assert stderr_of(code) == ""


def test_b26_a_variable_silences_it() -> None:
    assert stderr_of(HELLO, REALTIME_WIDGETS_QUIET="1") == ""


@pytest.mark.parametrize(
    "code",
    [
        f"import pytest\n{HELLO}",
        f"import os\nos.environ['PYTEST_CURRENT_TEST'] = 'x'\n{HELLO}",
    ],
)
def test_b26_nothing_is_printed_in_a_test(code: str) -> None:
    assert stderr_of(code) == ""


def test_b26_nothing_is_printed_in_a_test_of_unittest(tmp_path: Path) -> None:
    (tmp_path / "test_of_a_user.py").write_text(
        textwrap.dedent(
            """
            import unittest
            from realtime_widgets import Sprint

            class TestPublishing(unittest.TestCase):
                def test_it(self):
                    Sprint("tested").log("hello")
            """
        )
    )
    code = f"""
    import subprocess, sys
    sys.exit(subprocess.run([sys.executable, "-m", "unittest"], cwd={str(tmp_path)!r}).returncode)
    """

    assert "realtime-widgets" not in stderr_of(code)


def test_b26_nothing_is_printed_in_a_kernel() -> None:
    code = """
    from ipykernel.inprocess.manager import InProcessKernelManager
    manager = InProcessKernelManager()
    manager.start_kernel()
    manager.kernel.shell.run_cell(
        "from realtime_widgets import Sprint\\nwith Sprint('cell'): pass", silent=True
    ).raise_error()
    """

    assert "realtime-widgets" not in stderr_of(code)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_b26_children_do_not_repeat_what_their_parent_printed() -> None:
    code = """
    import multiprocessing
    from realtime_widgets import Sprint

    def work(number):
        Sprint("pool").log(number)

    if __name__ == "__main__":
        Sprint("pool").log("parent")
        assert Sprint("pool").flush() == 0
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(2) as pool:
                pool.map(work, range(4))
                pool.close()
                pool.join()
    """

    assert stderr_of(code) == NOTICE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_b26_a_pool_whose_workers_alone_publish_prints_it_once() -> None:
    code = """
    import multiprocessing
    from realtime_widgets import Sprint

    def work(number):
        Sprint("pool").log(number)
        assert Sprint("pool").flush() == 0

    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(4) as pool:
            for number in range(8):
                pool.apply(work, (number,))
            pool.close()
            pool.join()
    """

    assert stderr_of(code) == NOTICE


@pytest.mark.parametrize("stderr", ["None", "io.StringIO()", "open(os.devnull)", "Raises()"])
def test_b26_a_script_continues_with_any_object_as_stderr(stderr: str) -> None:
    code = f"""
    import io, os, sys
    from realtime_widgets import Sprint, sprints

    class Raises:
        def write(self, text):
            raise RuntimeError(text)

    before, sys.stderr = sys.stderr, {stderr}
    sprint = Sprint("script")
    sprint.log("hello")
    assert sprint.flush() == 0
    sys.stderr = before
    """

    assert stderr_of(code) == ""


IN_MARIMO = """
import multiprocessing, sys, types

def publish(is_forked=False):
    sys.modules["marimo"] = types.SimpleNamespace(running_in_notebook=lambda: True)
    from realtime_widgets import Sprint
    if is_forked:
        fork = multiprocessing.get_context("fork").Process(target=publish)
        fork.start()
        fork.join()
    else:
        Sprint("notebook").log("hello")

if __name__ == "__main__":
    kernel = multiprocessing.get_context("spawn").Process(target=publish, args=({is_forked},))
    kernel.start()
    kernel.join()
"""


def test_the_kernel_of_marimos_editor_is_none_though_it_is_a_child() -> None:
    assert stderr_of(IN_MARIMO.format(is_forked=False)) == ""


def test_a_process_that_a_notebook_of_marimo_forks_is_one() -> None:
    assert stderr_of(IN_MARIMO.format(is_forked=True)) == NOTICE
