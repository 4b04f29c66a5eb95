"""`doctor()`: where events go and why, in plain sentences."""

from __future__ import annotations

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._discovery import look
from realtime_widgets.publisher._outbox import waiting
from realtime_widgets.publisher._target import Server

__all__ = ["doctor"]

CHECK_S = 3.0

_MEND_SERVER = (
    "Next: see that the server runs, and that realtime-widgets is installed beside it:",
    "`jupyter server extension list` shows realtime_widgets_server as enabled.",
    "Then restart the server and this kernel.",
)

_IN_PROCESS = (
    "Runs are published to the hub in this process: seen here only, and gone when it ends.",
    "That is right in a script, in a test, and where the notebook has no Jupyter server.",
    "Next, if there is one: install realtime-widgets beside it, and restart it and this kernel.",
)


def doctor(*, server: str | None = None) -> None:
    """Print what was found to publish to, what is used, and what to do when it does not work.

    It needs no server, changes nothing, and prints no token.

    Args:
        server: As in `Sprint`.
    """
    for line in _report(server):
        print(line)  # noqa: T201 - it is what the user asked for


def _report(server: str | None) -> list[str]:
    lines = ["realtime-widgets looked for a place to publish to:"]
    steps = look(server)
    lines += [f"  {number}. {step.place}: {step.outcome}" for number, step in enumerate(steps, 1)]
    target = steps[-1].target
    if isinstance(target, Server):
        lines += ["", *_about_server(target)]
    else:
        lines += ["", *_IN_PROCESS]
    for (where, sprint_id), count in waiting().items():
        lines.append(f"{count:,} events of {sprint_id!r} wait to be stored by {where.name}.")
    return lines


def _about_server(target: Server) -> list[str]:
    lines = [f"Runs are published to {target.url}"]
    try:
        health = target.health(timeout=CHECK_S)
    except ServerNotFoundError as error:
        return [*lines, f"It does not work: {error.reason}.", *_MEND_SERVER]
    lines.append("It answers, and takes this kernel's credentials.")
    memory, trouble = health.get("kept_in_memory_because"), health.get("trouble")
    if memory:
        lines.append(f"It keeps runs in memory, and loses them when it stops: {memory}.")
    if trouble:
        lines.append(f"It cannot store what is new: {trouble['message']}.")
        lines.append("Events wait here until it can; what was stored before can be read.")
    return lines if memory or trouble else [*lines, "All is well."]
