"""Finds where to publish: the server that started this kernel, or else the hub in this process.

In this order: the argument, the environment that the server extension gives to kernels, the
runtime file of the server that started this process, the hub in this process.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._target import InProcess, Server, Target

__all__ = ["EMBEDDED", "TOKEN_VARIABLE", "URL_VARIABLE", "Step", "discover", "look"]

URL_VARIABLE = "REALTIME_WIDGETS_URL"
TOKEN_VARIABLE = "REALTIME_WIDGETS_TOKEN"  # noqa: S105 - the variable's name
PARENT_VARIABLE = "JPY_PARENT_PID"

EMBEDDED = "embedded"
"""As the `server` argument: the hub in this process, whatever else there is."""

CHECK_S = 2.0
"""How long a server that was only found, not named, may take to answer."""

_PAGE = re.compile(r"/(lab|tree|notebooks|doc)/$")
"""What a browser shows after the base URL; it may as well be the name of a user of a hub."""

_found: dict[tuple[str | None, ...], Target] = {}


@dataclass(frozen=True)
class Step:
    """One place that was looked at."""

    place: str
    """Where, in words."""

    outcome: str
    """What was there, in words; without a token."""

    target: Target | None = None
    """What to use, if this place has it."""


def discover(server: str | None = None) -> Target:
    """Return where to publish and read.

    Args:
        server: The URL of a Jupyter server, as Jupyter prints it, with or without `?token=`; or
            `"embedded"`. None looks for it.

    Raises:
        ValueError: The argument is neither.
    """
    names = (URL_VARIABLE, TOKEN_VARIABLE, PARENT_VARIABLE)
    key = (server, *(os.environ.get(name) for name in names))
    if key not in _found:
        _found[key] = next(step.target for step in reversed(look(server)) if step.target)
    return _found[key]


def look(server: str | None = None) -> list[Step]:
    """Look at one place after the other; the last step has the target."""
    steps: list[Step] = []
    for place in (_argument, _environment, _runtime_file, _in_process):
        steps.append(place(server))
        if steps[-1].target:
            break
    return steps


def _argument(server: str | None) -> Step:
    place = "the `server` argument"
    if server is None:
        return Step(place, "It was not given.")
    if server == EMBEDDED:
        return Step(place, "It asks for the hub in this process.", InProcess())
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        shown = server.partition("?")[0]
        msg = f"{shown!r} is not the URL of a Jupyter server; give one such as http://host:8888/"
        raise ValueError(msg)
    url = _base_url(server)
    token = parse_qs(parts.query).get("token", [""])[0]
    named = _base_url(os.environ.get(URL_VARIABLE, ""))
    if url != named:
        url = _PAGE.sub("/", url)
    # The environment's token is for the environment's server, and for no other.
    if not token and url == named:
        token = os.environ.get(TOKEN_VARIABLE, "")
    return Step(place, f"It names {url}", Server(url, token))


def _environment(_: str | None) -> Step:
    place = f"{URL_VARIABLE}, which the server extension sets for kernels"
    url = os.environ.get(URL_VARIABLE)
    if not url:
        return Step(place, "It is not set.")
    target = Server(_base_url(url), os.environ.get(TOKEN_VARIABLE, ""))
    return Step(place, f"It names {target.url}", target)


def _runtime_file(_: str | None) -> Step:
    place = "the Jupyter server that started this process"
    pid = os.environ.get(PARENT_VARIABLE, "")
    if not pid.isdecimal():
        return Step(place, "None did.")
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        text = Path(jupyter_runtime_dir(), f"jpserver-{pid}.json").read_text(encoding="utf-8")
        entry: dict[str, Any] = json.loads(text)
        target = Server(_base_url(entry["url"]), entry["token"])
    except (OSError, ValueError, LookupError, TypeError):
        return Step(place, "It is no Jupyter server: it has no readable runtime file.")
    try:
        target.health(timeout=CHECK_S)
    except ServerNotFoundError as error:
        return Step(place, f"It is {target.url}, but cannot be used: {error.reason}.")
    return Step(place, f"It is {target.url}", target)


def _in_process(_: str | None) -> Step:
    return Step(
        "the hub in this process",
        "It is always there. What is published is seen in this process only.",
        InProcess(),
    )


def _base_url(url: str) -> str:
    """Leave out the token, and end with a slash."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path.removesuffix("/") + "/", "", ""))
