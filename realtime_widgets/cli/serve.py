"""`rtw serve`: a Jupyter server without notebooks, kernels and files, only with the runs.

It is a Jupyter server with this extension alone, and no second kind of server, so that tokens,
logins, pages, the file by which scripts find it, and its new address after a restart are those of
every Jupyter server. It replaces this process, so that signals reach it.
"""

from __future__ import annotations

import os
import subprocess
import sys

import click

__all__ = ["serve"]


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    short_help="Start a server without JupyterLab.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def serve(options: tuple[str, ...]) -> None:
    """Start a server without JupyterLab, on 127.0.0.1 and with a token.

    OPTIONS are those of Jupyter Server, such as --port=8890, --no-browser and --help.
    """
    command = [sys.executable, "-m", "realtime_widgets_server", *options]
    if sys.platform == "win32":
        raise SystemExit(subprocess.call(command))  # noqa: S603 - the same Python
    os.execv(sys.executable, command)  # noqa: S606 - the same Python
