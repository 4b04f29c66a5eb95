"""`rtw open`: the page of a run, or of all runs, in the browser."""

from __future__ import annotations

import json
import webbrowser

import click

from realtime_widgets.cli.options import as_json, find_server, optional_run_name, server_option
from realtime_widgets.client.page_url import page_url
from realtime_widgets.protocol.ids import check_sprint_id

__all__ = ["open_page"]


@click.command(
    name="open",
    short_help="Open the page of a run in the browser.",
    epilog="Example: rtw open nightly-eval",
)
@optional_run_name
@click.option("--print", "only_print", is_flag=True, help="Write the link, and open nothing.")
@server_option
@as_json
def open_page(name: str | None, server: str | None, *, only_print: bool, as_json: bool) -> None:
    """Open the page of RUN or, without it, the list of all runs, in the browser.

    The link has no token: a browser that is not logged in to the server shows its login.
    """
    url = page_url(find_server(server), None if name is None else check_sprint_id(name))
    is_opened = not only_print and webbrowser.open(url)
    if as_json:
        click.echo(json.dumps({"url": url, "opened": is_opened}))
    elif not is_opened:
        click.echo(url)
