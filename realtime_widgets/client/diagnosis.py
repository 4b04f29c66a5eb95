"""Where events go and why, in plain sentences: what `doctor()` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.discovery import look, parent
from realtime_widgets.client.publishing.outbox import waiting
from realtime_widgets.client.server import Server
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from realtime_widgets.client.target import Target
    from realtime_widgets.errors import ServerNotFoundKind

__all__ = ["Findings", "examine"]

CHECK_S = 3.0

_NEXT: dict[ServerNotFoundKind, tuple[str, ...]] = {
    "refused": (
        "Next: restart this kernel, which gets the token that is good now;",
        "in a script, take the server's URL with its new token.",
    ),
    "no_token": (
        "Next: name the server with its token, as `http://host:8888/?token=...`;",
        "where it has a password only, set `RealtimeWidgets.publish_token` there.",
    ),
    "redirected": (
        "Next: give the address that the browser shows before `lab` or `tree`, with https where it",
        "has it, and a token behind `?token=`.",
    ),
    "not_running": ("Next: start it from JupyterHub's page, and restart this kernel.",),
    "server_error": (
        "Next: look into its log, and try again; what is published waits here until then.",
    ),
    "no_certificate": (
        "Next: see that the file that `REALTIME_WIDGETS_CERTIFICATE` names has the certificate;",
        "it is read again each time.",
    ),
    "tls": (
        "Next: name in SSL_CERT_FILE the file with the certificate that signed the server's,",
        "and restart this kernel.",
    ),
    "not_installed": (
        "Next: install realtime-widgets in the environment that the server runs in:",
        "`jupyter server extension list` shows there realtime_widgets_server as enabled.",
        "Then restart the server and this kernel.",
    ),
    "unreachable": (
        "Next: see that the server runs, and that this machine can reach it;",
        "a kernel on another machine than its server names it in `server=`.",
    ),
}
"""What to do, by the kind of the error."""

_IN_PROCESS = (
    "Runs are published to the hub in this process: seen here only, and gone when it ends.",
    "That is right in a script, in a test, and where the notebook has no Jupyter server.",
    "Next, if there is one: install realtime-widgets beside it, and restart it and this kernel.",
)

_IN_BROWSER = (
    "Runs are published to the hub in this process: seen in this page only, and gone when its",
    "kernel ends. That is right where Python runs in a browser.",
)


@dataclass(frozen=True)
class Findings:
    """What was found to publish to.

    Attributes:
        target: What is used.
        places: Each place that was looked at, in order, and what was there.
        words: What is used, whether it works, and what to do where it does not; no token.
    """

    target: Target
    places: tuple[str, ...]
    words: tuple[str, ...]


def examine(server: str | None) -> Findings:
    """Look for a place to publish to, and ask it whether it works.

    Raises:
        ValueError: `server` is no URL of a server.
    """
    steps = look(server)
    target = next(step.target for step in reversed(steps) if step.target)
    if isinstance(target, Server):
        words = _about_server(target)
        started_by = parent()
        if server is None and started_by and started_by.url != target.url:
            words += [
                f"This kernel was started by another server, {started_by.url}",
                "Its pages look for runs there: open a view on a page of the first one.",
            ]
    else:
        words = [*(_IN_BROWSER if IN_BROWSER else _IN_PROCESS)]
    for (where, sprint_id), count in waiting().items():
        words.append(f"{count:,} events of {sprint_id!r} wait to be stored by {where.name}.")
    places = tuple(f"{step.place}: {step.outcome}" for step in steps)
    return Findings(target, places, tuple(words))


def _about_server(target: Server) -> list[str]:
    try:
        health = target.health(timeout=CHECK_S)
    except ServerNotFoundError as error:
        return [
            f"Runs are published to {target.name}",
            f"It does not work: {error.reason}.",
            *_NEXT[error.kind],
        ]
    lines = [f"Runs are published to {target.name}"]
    if target.name != target.url:
        lines.append("It was restarted, and was found there by the folder that it serves.")
    lines.append("It answers, and takes this kernel's credentials.")
    memory, trouble = health.get("kept_in_memory_because"), health.get("trouble")
    if memory:
        lines.append(f"It keeps runs in memory, and loses them when it stops: {memory}.")
    if trouble:
        lines.append(f"It cannot store what is new: {trouble['message']}.")
        lines.append("Events wait here until it can; what was stored before can be read.")
    return lines if memory or trouble else [*lines, "All is well."]
