"""`rtw answer RUN [VALUE]`: answers an open question of a run, or lists them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from realtime_widgets.cli.failures import ExitCode, FailedCommand
from realtime_widgets.cli.options import as_json, find_server, run_name, server_option
from realtime_widgets.errors import UnknownRunError
from realtime_widgets.protocol.ids import check_sprint_id, random_id

if TYPE_CHECKING:
    from realtime_widgets.client.server import Server

__all__ = ["answer"]

REPLY_S = 10.0
"""How long each step of the request may take, in seconds."""

REQUEST_BITS = 64


@click.command(
    short_help="Answer an open question, or list them.", epilog="Example: rtw answer release live"
)
@run_name
@click.argument("value", required=False)
@click.option("--question", "question_id", metavar="ID", help="Of several; the oldest without it.")
@server_option
@as_json
def answer(
    name: str, value: str | None, question_id: str | None, server: str | None, *, as_json: bool
) -> None:
    """Answer an open question of RUN with VALUE: a text, a choice, or JSON for a form.

    Without VALUE the open questions are listed. The exit code is 6 where none is open.
    """
    target = find_server(server)
    questions = _open_questions(target, name)
    if value is None:
        for question in questions:
            click.echo(json.dumps(question) if as_json else _line(question))
        return
    wanted = [one for one in questions if question_id in (None, one["id"])]
    if not wanted:
        raise FailedCommand(f"no such question of {name!r} is open", ExitCode.NO_ANSWER)
    question = wanted[0]
    seq = _post(target, name, question, value)
    if as_json:
        click.echo(json.dumps({"sprint_id": name, "id": question["id"], "seq": seq}))


def _open_questions(target: Server, name: str) -> list[dict[str, Any]]:
    run = target.run(check_sprint_id(name))
    if run is None:
        raise UnknownRunError(name, tuple(target.log_head(name).similar))
    questions: list[dict[str, Any]] = (run.get("questions") or {}).get("open", [])
    return questions


def _line(question: dict[str, Any]) -> str:
    from realtime_widgets.display.terminal.plain import one_line

    words, choices = one_line(question["message"]), one_line(", ".join(question["choices"] or ()))
    return f"{question['id']}  {words}" + (f" ({choices})" if choices else "")


def _post(target: Server, name: str, question: dict[str, Any], typed: str) -> int:
    from realtime_widgets.client.replying import post_reply

    value: Any = typed
    if question.get("form"):
        try:
            value = json.loads(typed)
        except ValueError as error:
            reason = f"the question has a form, and VALUE is not JSON: {error}"
            raise click.UsageError(reason) from None
    event = {
        "type": "answer",
        "id": question["id"],
        "value": value,
        "request": random_id(REQUEST_BITS),
    }
    return post_reply(target, name, event, timeout=REPLY_S)
