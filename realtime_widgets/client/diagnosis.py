"""Where events go and why, in plain sentences: what `doctor()` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.discovery import look
from realtime_widgets.client.known_servers import parent
from realtime_widgets.client.local_servers import local_servers
from realtime_widgets.client.publishing.outbox.outboxes import waiting
from realtime_widgets.client.server import Server
from realtime_widgets.environment import CERTIFICATE_VARIABLE
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.client.target import Target
    from realtime_widgets.errors import ServerNotFoundKind

__all__ = ["Findings", "examine"]

CHECK_S = 3.0

_NEXT: dict[ServerNotFoundKind, tuple[str, ...]] = {
    "refused": (
        "Next: restart this kernel, so that it gets the server's current token;",
        "in a script, pass the server's URL with its current token.",
    ),
    "no_token": (
        "Next: pass the server's URL with its token, as `http://host:8888/?token=...`;",
        "for a server with a password only, set `RealtimeWidgets.publish_token` in its settings.",
    ),
    "redirected": (
        "Next: pass the address that the browser shows before `lab` or `tree`, with its `https`,",
        "and append a token as `?token=...`.",
    ),
    "not_running": ("Next: start it from JupyterHub's home page, then restart this kernel.",),
    "server_error": (
        "Next: read the server's log, and try again; events stay queued in this process.",
    ),
    "no_certificate": (
        f"Next: check that the file in `{CERTIFICATE_VARIABLE}` contains the certificate;",
        "it is read again for each connection.",
    ),
    "tls": (
        "Next: set SSL_CERT_FILE to a file with the certificate that signed the server's,",
        "and restart this kernel.",
    ),
    "not_installed": (
        "Next: install realtime-widgets in the environment that the server runs in;",
        "`jupyter server extension list` there must list realtime_widgets_server as enabled.",
        "Then restart the server and this kernel.",
    ),
    "unreachable": (
        "Next: check that the server runs, and that this machine can reach it;",
        "in a kernel on another machine, pass the server's URL as `server=`.",
    ),
}
"""What to do, by the kind of the error."""

_IN_PROCESS = (
    "Runs are published to the hub in this process: visible here only, and lost when it ends.",
    "That is right in a script, in a test, and where the notebook has no Jupyter server.",
    "Next, if it has one: install realtime-widgets there, then restart the server and this kernel.",
)

_IN_BROWSER = (
    "Runs are published to the hub in this process: visible in this page only, and lost when its",
    "kernel ends. That is right where Python runs in a browser.",
)


@dataclass(frozen=True)
class Findings:
    """What was found to publish to.

    Attributes:
        target: What is used.
        places: Each place that was looked at, in order, and what was there.
        words: What is used, whether it works, and what to do where it does not; no token.
        others: The other servers of this user on this machine, with the line to paste; no token.
        works: Whether it is a server that takes the credentials of this process.
    """

    target: Target
    places: tuple[str, ...]
    words: tuple[str, ...]
    others: tuple[str, ...] = ()
    works: bool = False


def examine(server: str | None) -> Findings:
    """Look for a target to publish to, and check whether it works.

    Raises:
        ValueError: `server` is no URL of a server.
    """
    steps = look(server)
    target = next(step.target for step in reversed(steps) if step.target)
    if isinstance(target, Server):
        works, words = _about_server(target)
        started_by = parent()
        if server is None and started_by and started_by.url != target.url:
            words += [
                f"This kernel was started by another server, {started_by.url}",
                f"Its pages show its own runs only: open the view on a page of {target.name}",
            ]
    else:
        works, words = False, [*(_IN_BROWSER if IN_BROWSER else _IN_PROCESS)]
    for (where, sprint_id), count in waiting().items():
        words.append(f"{count:,} events of {sprint_id!r} are queued, not yet stored: {where.name}")
    places = tuple(f"{step.place}: {step.outcome}" for step in steps)
    return Findings(target, places, tuple(words), tuple(_others(target)), works)


def _others(target: Target) -> Iterator[str]:
    """Yield what there is to know of each local server that is not the target."""
    for local in () if IN_BROWSER else local_servers(timeout=CHECK_S):
        url = local.server.url
        if url == target.name:
            continue
        if local.problem:
            yield f"{url} cannot be used: {local.problem}."
        else:
            yield f'{url} has the extension; to use it: Sprint(..., server="{url}")'


def _about_server(target: Server) -> tuple[bool, list[str]]:
    """Return whether it can be used, and what there is to know of it."""
    try:
        health = target.health(timeout=CHECK_S)
    except ServerNotFoundError as error:
        return False, [
            f"Runs are published to {target.name}",
            f"This server cannot be used: {error.reason}.",
            *_NEXT[error.kind],
        ]
    lines = [f"Runs are published to {target.name}"]
    if target.name != target.url:
        lines.append("It was restarted at this address, and was found by the folder it serves.")
    lines.append("It responds, and accepts this kernel's credentials.")
    memory, trouble = health.get("kept_in_memory_because"), health.get("trouble")
    if memory:
        lines.append(f"It stores runs in memory, and loses them when it stops: {memory}.")
    if trouble:
        lines.append(f"It cannot store new events: {trouble['message']}.")
        lines.append("They stay queued in this process until it can; stored events can be read.")
    is_volatile = (health.get("shared") or {}).get("durability") == "none"
    if is_volatile:
        lines.append("A restart of its Redis loses all runs: set `appendonly yes` there.")
    return True, lines if memory or trouble or is_volatile else [*lines, "All is well."]
