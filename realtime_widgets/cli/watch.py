"""`rtw watch RUN`: a run on the whole terminal."""

from __future__ import annotations

import os
import sys

import click

from realtime_widgets.cli.options import find_server, run_name, server_option
from realtime_widgets.protocol.ids import check_sprint_id

__all__ = ["watch"]


@click.command(
    short_help="Show a run on the whole terminal, live.", epilog="Example: rtw watch nightly-eval"
)
@run_name
@server_option
def watch(name: str, server: str | None) -> None:
    """Show RUN on the whole terminal, live: steps, log, timeline of agents, and open questions.

    It can be answered and stopped there; `?` shows the keys and `q` quits. RUN may begin later.
    """
    check_sprint_id(name)
    if problem := _problem():
        words = f"{problem}; use `rtw tail -f {name}`, which writes the log"
        raise click.UsageError(words)
    target = find_server(server)
    target.log_head(name)  # an error is shown here, and not on the second screen

    from realtime_widgets.cli.watching.watcher import Watcher

    Watcher(target, name).run()


def _problem() -> str:
    """Return why this is no terminal for it; "" where it is one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "`rtw watch` needs a terminal for its input and output"
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return "`rtw watch` needs a terminal that can move its cursor, and TERM names none"
    try:
        import termios  # noqa: F401 - Windows has none
    except ImportError:
        return "`rtw watch` needs a POSIX system"
    return ""
