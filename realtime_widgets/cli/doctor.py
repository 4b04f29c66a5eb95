"""`rtw doctor`: where events of this shell would go, and why."""

from __future__ import annotations

import json

import click

from realtime_widgets.cli.failures import ExitCode
from realtime_widgets.cli.options import as_json, server_option

__all__ = ["doctor"]


@click.command(short_help="Show which server is used, and why.")
@server_option
@as_json
@click.pass_context
def doctor(context: click.Context, server: str | None, *, as_json: bool) -> None:
    """Show which server is used, why, and what to do where none works.

    The exit code is 0 where there is a usable server, and 3 where there is none.
    """
    from realtime_widgets._doctor import Report
    from realtime_widgets.client.diagnosis import examine

    try:
        findings = examine(server)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--server") from None
    if as_json:
        parts = {"places": findings.places, "words": findings.words, "others": findings.others}
        click.echo(json.dumps({"server": findings.target.name, "works": findings.works, **parts}))
    else:
        click.echo(str(Report(findings)))
    if not findings.works:
        context.exit(ExitCode.NO_SERVER)
