"""The token is sent to its server, and shown nowhere else: at any log level, in any traceback."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.client.link import credentials
from realtime_widgets.client.secret import Secret
from realtime_widgets.client.server import Server
from tests.serving import SECRET, jupyter

from .programs import NOWHERE, script

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.serving import Jupyter

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

PRELUDE = """
import contextlib, http.client, io, logging, os, sys, traceback, warnings
warnings.simplefilter("ignore")
from realtime_widgets import Sprint, doctor, follow, sprints, watch

def where():
    return os.environ["REALTIME_WIDGETS_URL"] + "?token=" + os.environ["REALTIME_WIDGETS_TOKEN"]

def log_everything():
    http.client.HTTPConnection.debuglevel = 1
    handler = logging.StreamHandler(sys.stdout)
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    # Loggers whose records do not reach the root logger, turned on as for debugging.
    for name in ("realtime_widgets", "realtime_widgets.connection"):
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.DEBUG)

def show(error):
    '''All of it, also what is suppressed, with the variables of all functions but those here.'''
    while error is not None:
        print(repr(error), error, error.args, getattr(error, "__notes__", ()))
        for frame in traceback.StackSummary.extract(
            traceback.walk_tb(error.__traceback__), capture_locals=True
        ):
            if frame.filename != __file__:
                print(frame.name, frame.locals)
        error = error.__cause__ or error.__context__
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder: Path = tmp_path_factory.mktemp("jupyter")
    with jupyter(folder, f"--IdentityProvider.token={SECRET}") as server:
        yield server


@pytest.mark.parametrize("options", [(), ("-X", "dev")], ids=["plain", "dev"])
def test_h1_no_log_of_any_level_holds_the_token(server: Jupyter, options: tuple[str, ...]) -> None:
    done = script(
        f"""{PRELUDE}
log_everything()
sprint = Sprint("run", server=where())
with sprint:
    sprint.log("hello")
assert sprint.flush(180) == 0
list(follow("run", until_end=True, server=where())), sprints(server=where())
doctor(server=where())
print(sprint, vars(sprint), vars(sprint._outbox), sprint._target)
assert sprint.close(180) == 0
""",
        f"{server.url}?token={SECRET}",
        *options,
    )

    assert done.returncode == 0, done.stderr
    assert "> Authorization: ***" in done.stdout  # it was logged
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "call",
    [
        "sprints(server=where())",
        "next(follow('run', server=where()))",
        "watch('run', server='htp://x/?token=' + os.environ['REALTIME_WIDGETS_TOKEN'])",
        "Sprint('run', server='htp://x/?token=' + os.environ['REALTIME_WIDGETS_TOKEN'])",
        "doctor(server='htp://x/?token=' + os.environ['REALTIME_WIDGETS_TOKEN'])",
        "follow('no name', server=where())",
    ],
)
def test_h1_no_error_holds_the_token_in_its_text_its_causes_or_its_variables(call: str) -> None:
    done = script(
        f"""{PRELUDE}
log_everything()
try:
    {call}
except Exception as error:
    show(error)
else:
    print("no error")
""",
        f"{NOWHERE}?token={SECRET}",
    )

    assert done.returncode == 0, done.stderr
    assert "no error" not in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_h1_a_cell_that_is_interrupted_while_it_connects_does_not_show_the_token() -> None:
    """Of IPython's verbose tracebacks, which show the variables of each function."""
    done = script(
        f"""{PRELUDE}
from IPython.core.interactiveshell import InteractiveShell
import socket

def interrupted(*_, **__):
    raise KeyboardInterrupt

shell = InteractiveShell.instance()
shell.run_line_magic("xmode", "Verbose")
shell.user_ns["where"] = where
socket.create_connection = interrupted
shell.run_cell("from realtime_widgets import Sprint, doctor, sprints")
shell.run_cell("sprints(server=where())")
shell.run_cell("Sprint('run', server='htp://x/' + where())")
shell.run_cell("doctor()")
""",
        f"{NOWHERE}?token={SECRET}",
        IPYTHONDIR=os.devnull,
    )

    shown = COLOURS.sub("", done.stdout + done.stderr)
    assert shown.count("KeyboardInterrupt") >= 2
    assert "Authorization" not in shown or "'***'" in shown
    assert SECRET not in shown


def test_h1_an_unexpected_error_in_the_background_does_not_show_the_token(server: Jupyter) -> None:
    """As log handlers show it that print variables, too."""
    done = script(
        f"""{PRELUDE}
import threading
from websockets.asyncio.client import ClientConnection

class Showing(logging.Handler):
    def emit(self, record):
        show(record.exc_info[1])
        shown.set()

def broken(*_, **__):
    raise LookupError

shown = threading.Event()
logging.getLogger("realtime_widgets").addHandler(Showing())
ClientConnection.handshake = broken
Sprint("run", server=where()).log("hello")
assert shown.wait()
""",
        f"{server.url}?token={SECRET}",
    )

    assert "LookupError" in done.stdout
    assert "'***'" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_h1_a_secret_is_its_text_to_all_but_repr() -> None:
    secret = Secret("abc")

    assert (secret, f"token {secret}", hash(secret)) == ("abc", "token abc", hash("abc"))
    assert repr([secret, Secret("")]) == "['***', '']"
    assert SECRET not in repr((Server("http://h/", SECRET), vars(Server("http://h/", SECRET))))
    assert repr(credentials(SECRET)) == "{'Authorization': '***'}"
