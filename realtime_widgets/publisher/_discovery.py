"""Finds where to publish: the server that started this kernel, or else the hub in this process.

In this order: the argument, the environment that the server extension gives to kernels, the
runtime file of the server that started this process, the environment that JupyterHub gives to the
server, the hub in this process.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.publisher._address import base_url, here
from realtime_widgets.publisher._hidden import hide
from realtime_widgets.publisher._target import InProcess, Server, Target

__all__ = [
    "EMBEDDED",
    "TOKEN_VARIABLE",
    "URL_VARIABLE",
    "VARIABLES",
    "Step",
    "discover",
    "look",
    "parent",
]

URL_VARIABLE = "REALTIME_WIDGETS_URL"
TOKEN_VARIABLE = "REALTIME_WIDGETS_TOKEN"  # noqa: S105 - the variable's name
CERTIFICATE_VARIABLE = "REALTIME_WIDGETS_CERTIFICATE"
PARENT_VARIABLE = "JPY_PARENT_PID"
SOFTWARE_VARIABLE = "SERVER_SOFTWARE"
HUB_URL_VARIABLE = "JUPYTERHUB_SERVICE_URL"
HUB_TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the variable's name

VARIABLES = (
    URL_VARIABLE,
    TOKEN_VARIABLE,
    CERTIFICATE_VARIABLE,
    PARENT_VARIABLE,
    SOFTWARE_VARIABLE,
    HUB_URL_VARIABLE,
    HUB_TOKEN_VARIABLE,
)
"""All that is read of the environment."""

EMBEDDED = "embedded"
"""As the `server` argument: the hub in this process, whatever else there is."""

CHECK_S = 2.0
"""How long a server that was only found, not named, may take to answer."""

_PAGE = re.compile(r"/(lab|tree|notebooks|doc)/$")
"""What a browser shows after the base URL; it may as well be the name of a user of a hub."""

_OF_VOILA = "the page of this kernel comes from a Voila of its own"

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
    # Hidden, because it is among the variables of a traceback.
    key = (hide(server), *(hide(os.environ.get(name)) for name in VARIABLES))
    if key not in _found:
        _found[key] = next(step.target for step in reversed(look(server)) if step.target)
    return _found[key]


def look(server: str | None = None) -> list[Step]:
    """Look at one place after the other; the last step has the target."""
    steps: list[Step] = []
    for place in (_argument, _environment, _runtime_file, _jupyterhub, _in_process):
        try:
            steps.append(place(server))
        except ValueError as error:
            # Without the steps to it, whose variables are parts of the URL, and one is the token.
            raise error.with_traceback(None) from None
        if steps[-1].target:
            break
    return steps


def _argument(server: str | None) -> Step:
    place = "the `server` argument"
    if server is None:
        return Step(place, "It was not given.")
    if server == EMBEDDED:
        return Step(place, "It asks for the hub in this process.", InProcess())
    url = base_url(server)
    target = _known(url)
    if target is None:
        url = _PAGE.sub("/", url)
        target = _known(url) or Server(url)
    given = parse_qs(urlsplit(server).query).get("token", [""])[0].strip()
    return Step(place, f"It names {url}", replace(target, token=given or target.token))


def _environment(_: str | None) -> Step:
    place = f"{URL_VARIABLE}, which the server extension sets for kernels"
    named = os.environ.get(URL_VARIABLE)
    if not named:
        return Step(place, "It is not set.")
    try:
        url = base_url(named)
    except ValueError as error:
        return Step(place, f"{error}.")
    if _is_of_a_voila_of_its_own():
        return Step(place, f"It names {url}, but {_OF_VOILA}.")
    return Step(place, f"It names {url}", _known(url))


def _runtime_file(_: str | None) -> Step:
    place = "the Jupyter server that started this process"
    if not os.environ.get(PARENT_VARIABLE, "").isdecimal():
        return Step(place, "None did.")
    target = parent()
    if target is None:
        return Step(place, "It is no Jupyter server: it has no readable runtime file.")
    return _if_it_answers(place, target)


def _jupyterhub(_: str | None) -> Step:
    place = f"{HUB_URL_VARIABLE}, which JupyterHub sets for a user's server"
    target = _server_of_hub()
    if target is None:
        return Step(place, "It is not set.")
    if _is_of_a_voila_of_its_own():
        return Step(place, f"It names {target.url}, but {_OF_VOILA}.")
    return _if_it_answers(place, target)


def _if_it_answers(place: str, target: Server) -> Step:
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


def _known(url: str) -> Server | None:
    """Return the server at this URL with what this process was given for it, None if nothing.

    The token of each is for itself, and for no other. A server may have none for kernels; then
    what Jupyter or JupyterHub gave them for it is used.
    """
    known = None
    for look_up in (_named, parent, _server_of_hub):
        server = look_up()
        if server is not None and server.url == url:
            known = known or server
            if server.token:
                return replace(known, token=server.token)
    return known


def _named() -> Server | None:
    """Return the server that the extension, or the user, named in the environment."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()  # who reads it from a file gets its newline
    certificate = os.environ.get(CERTIFICATE_VARIABLE, "")
    try:
        return Server(base_url(os.environ.get(URL_VARIABLE, "")), token, certificate)
    except ValueError:
        return None


def parent() -> Server | None:
    """Return the Jupyter server that started this process, as its runtime file describes it."""
    pid = os.environ.get(PARENT_VARIABLE, "")
    if not pid.isdecimal():
        return None
    from jupyter_core.paths import jupyter_runtime_dir

    try:
        text = Path(jupyter_runtime_dir(), f"jpserver-{pid}.json").read_text(encoding="utf-8")
        entry: dict[str, Any] = json.loads(text)
        return Server(base_url(here(entry["url"], entry.get("hostname"))), entry["token"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _is_of_a_voila_of_its_own() -> bool:
    """Whether Voila started this kernel, and was itself started in a terminal of the server.

    Its pages know nothing of that server. As a part of a server, it has that one's runtime file.
    """
    return os.environ.get(SOFTWARE_VARIABLE, "").startswith("voila/") and parent() is None


def _server_of_hub() -> Server | None:
    """Return the server of a user of JupyterHub that this process inherits from."""
    url = os.environ.get(HUB_URL_VARIABLE, "")
    try:
        return Server(base_url(here(url, urlsplit(url).hostname)), os.environ[HUB_TOKEN_VARIABLE])
    except (ValueError, LookupError):
        return None
