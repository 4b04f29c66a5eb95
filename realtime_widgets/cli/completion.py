"""`rtw completion SHELL`: the script that completes commands and names of runs in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]


@click.command(short_help="Write what completes `rtw` in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Write the script that completes this command in a SHELL.

    In bash: eval "$(rtw completion bash)". It completes commands, options and names of runs.
    """
    made_by = get_completion_class(shell)
    assert made_by is not None, "click has these three"  # noqa: S101 - narrows the type
    name = context.find_root().info_name or "rtw"
    variable = f"_{name.replace('-', '_').upper()}_COMPLETE"
    click.echo(made_by(context.find_root().command, {}, name, variable).source())
