"""Finds the target: the Jupyter server that started this kernel, or else the hub in this process.

The search order is: the `server` argument, the environment variables that the server extension
sets for kernels, the runtime file of the server that started this process, the environment
variables that JupyterHub sets for a user's server, the hub in this process.
"""

from __future__ import annotations

import copyreg
import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from realtime_widgets.client.address import (
    base_url,
    here,
    is_same_place,
    is_this_machine,
    possible_base_urls,
    token_in,
)
from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.runtime_files import read_runtime_file, running_servers
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.server import Server
from realtime_widgets.environment import (
    CERTIFICATE_VARIABLE,
    ROOT_VARIABLE,
    TOKEN_VARIABLE,
    URL_VARIABLE,
)
from realtime_widgets.errors import ServerNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.target import Target

__all__ = [
    "EMBEDDED",
    "VARIABLES",
    "Step",
    "discover",
    "find_again",
    "is_standalone_voila",
    "look",
    "parent",
]

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
    ROOT_VARIABLE,
)
"""All environment variables that discovery reads."""

EMBEDDED = "embedded"
"""Value of the `server` argument that selects the hub in this process."""

CHECK_S = 2.0
"""Time-out for the health check of a server that was not named explicitly."""

_NO_SERVER = "Python in a browser cannot connect to a server"

_OF_VOILA = "this kernel was started by a standalone Voila server"

_log = logging.getLogger("realtime_widgets")

_found: dict[tuple[str | None, ...], Target] = {}


@dataclass(frozen=True)
class Step:
    """One step of the search."""

    place: str
    """Where it looks, as text."""

    outcome: str
    """What it found, as text without a token."""

    target: Server | InProcess | None = None
    """The target that it found, None if none."""


def discover(server: str | None = None) -> Target:
    """Return the target to publish to and read from.

    Args:
        server: The URL of a Jupyter server, as Jupyter prints it or a browser shows it, with or
            without `?token=`; or `"embedded"`. None searches for a server.

    Raises:
        ValueError: The argument is neither.
    """
    # As secrets, because tracebacks may show local variables.
    key = (as_secret(server), *(as_secret(os.environ.get(name)) for name in VARIABLES))
    if key not in _found:
        target = next(step.target for step in reversed(look(server)) if step.target)
        _found[key] = replace(target, was_found=server is None)
    return _found[key]


def find_again(url: str, had_token: bool) -> Target:  # noqa: FBT001 - of a pickle
    """Return the server that was named in the process that wrote a pickle.

    Args:
        url: The server's URL.
        had_token: Whether that process had a token for it; pickles contain no token.
    """
    for target in _found.values():  # of this process, or of its parent when it was forked
        if isinstance(target, Server) and target.name == url and bool(target.token) == had_token:
            return target
    target = discover(url)
    if had_token and isinstance(target, Server) and not target.token:
        _log.warning(
            "realtime-widgets: this process has no token for %s, and a pickle contains none; "
            "set %s to its URL and %s to its token",
            url,
            URL_VARIABLE,
            TOKEN_VARIABLE,
        )
    return target


def look(server: str | None = None) -> list[Step]:
    """Search one place after the other; the last step has the target."""
    steps: list[Step] = []
    places = (_argument, _no_server, _in_process) if IN_BROWSER else _PLACES
    for place in places:
        try:
            steps.append(place(server))
        except ValueError as error:
            # Without its traceback, whose local variables are parts of the URL, such as the token.
            raise error.with_traceback(None) from None
        if steps[-1].target:
            break
    return steps


def _argument(server: str | None) -> Step:
    place = "the `server` argument"
    if server is None:
        return Step(place, "It is not set.")
    if server == EMBEDDED:
        return Step(place, "It selects the hub in this process.", InProcess())
    urls = possible_base_urls(base_url(server))
    if IN_BROWSER:
        raise ValueError(f"{_NO_SERVER}; leave `server` out")
    target = next(filter(None, map(_known, urls)), None) or Server(urls[0])
    given = token_in(server)
    if given and given != target.token:
        # The token in the URL is used even if it is wrong: the error must be visible.
        target = replace(target, token=given, root="")
    return Step(place, f"It names {target.url}", target)


def _no_server(_: str | None) -> Step:
    return Step("a Jupyter server", f"{_NO_SERVER}.")


def _environment(_: str | None) -> Step:
    place = f"{URL_VARIABLE}, which the server extension sets for kernels"
    named = os.environ.get(URL_VARIABLE)
    if not named:
        return Step(place, "It is not set.")
    try:
        url = base_url(named)
    except ValueError as error:
        return Step(place, f"{error}.")
    if is_standalone_voila():
        return Step(place, f"It names {url}, but {_OF_VOILA}.")
    return Step(place, f"It names {url}", _known(url))


def _runtime_file(_: str | None) -> Step:
    place = "the Jupyter server that started this process"
    if not os.environ.get(PARENT_VARIABLE, "").isdecimal():
        return Step(place, f"There is none: {PARENT_VARIABLE} is not set.")
    target = parent()
    if target is None:
        return Step(place, "The parent process has no runtime file of a Jupyter server.")
    return _if_it_answers(place, target)


def _jupyterhub(_: str | None) -> Step:
    place = f"{HUB_URL_VARIABLE}, which JupyterHub sets for a user's server"
    target = _server_of_hub()
    if target is None:
        return Step(place, "It is not set.")
    if is_standalone_voila():
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
        "It is always available. Its runs are visible in this process only.",
        InProcess(),
    )


_PLACES = (_argument, _environment, _runtime_file, _jupyterhub, _in_process)


def _known(url: str) -> Server | None:
    """Return the server at this URL with the token that this process has for it, None if unknown.

    A token is sent to the server that it was issued for, and to no other. The extension of a server
    may have no token for kernels; then Jupyter's or JupyterHub's for the same server is used, or
    the one in this user's runtime files.
    """
    known = None
    for look_up in (_named, parent, _server_of_hub, lambda: _running(url)):
        server = look_up()
        if server is not None and is_same_place(server.url, url):
            known = known or server
            if server.token:
                return replace(known, token=server.token)
    return known


def _named() -> Server | None:
    """Return the server that the environment names, set by the extension or the user."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()  # a token read from a file has its newline
    certificate = os.environ.get(CERTIFICATE_VARIABLE, "")
    try:
        url = base_url(os.environ.get(URL_VARIABLE, ""))
        root = os.environ.get(ROOT_VARIABLE, "") if is_this_machine(url) else ""
        return Server(url, token, certificate, root)
    except ValueError:
        return None


def parent() -> Server | None:
    """Return the Jupyter server that started this process, as its runtime file describes it."""
    pid = os.environ.get(PARENT_VARIABLE, "")
    running = read_runtime_file(int(pid)) if pid.isdecimal() else None
    return Server(running.url, running.token, root=running.root) if running else None


def _running(url: str) -> Server | None:
    """Return the server of this user that runs on this machine at this URL."""
    for running in running_servers():
        if is_same_place(running.url, url):
            return Server(running.url, running.token, root=running.root)
    return None


def is_standalone_voila() -> bool:
    """Whether this kernel was started by a standalone Voila server.

    Its environment may be inherited from the terminal of a Jupyter server, which its pages cannot
    reach. Voila as an extension of a Jupyter server has that server's runtime file.
    """
    return os.environ.get(SOFTWARE_VARIABLE, "").startswith("voila/") and parent() is None


def _server_of_hub() -> Server | None:
    """Return the user's server of JupyterHub whose environment this process inherited."""
    url = os.environ.get(HUB_URL_VARIABLE, "")
    try:
        return Server(base_url(here(url, urlsplit(url).hostname)), os.environ[HUB_TOKEN_VARIABLE])
    except (ValueError, LookupError):
        return None


def _pickled_server(server: Server) -> tuple[Callable[..., Any], tuple[object, ...]]:
    """Pickle without the token: the process that loads it finds its own."""
    if server.was_found:
        return discover, ()
    return find_again, (server.name, bool(server.token))


def _pickled_in_process(target: InProcess) -> tuple[Callable[..., Any], tuple[object, ...]]:
    """Search again in the process that loads it, unless it was named explicitly."""
    return discover, () if target.was_found else (EMBEDDED,)


copyreg.pickle(Server, _pickled_server)
copyreg.pickle(InProcess, _pickled_in_process)
