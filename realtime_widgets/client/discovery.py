"""Finds the target: the Jupyter server that started this kernel, or else the hub in this process.

The search order is: the `server` argument, the environment variables that the server extension
sets for kernels, the runtime file of the server that started this process, the environment
variables that JupyterHub sets for a user's server, the only local server with the extension where
this process is neither a kernel nor a test, the hub in this process.
"""

from __future__ import annotations

import copyreg
import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.address import (
    base_url,
    possible_base_urls,
    token_in,
)
from realtime_widgets.client.browser import IN_BROWSER
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.known_servers import (
    HUB_TOKEN_VARIABLE,
    HUB_URL_VARIABLE,
    PARENT_VARIABLE,
    SOFTWARE_VARIABLE,
    is_standalone_voila,
    known,
    parent,
    server_of_hub,
)
from realtime_widgets.client.local_servers import usable_servers
from realtime_widgets.client.secret import as_secret
from realtime_widgets.client.server import Server
from realtime_widgets.client.surroundings import is_in_kernel, is_in_test
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
    "look",
]

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
    target = next(filter(None, map(known, urls)), None) or Server(urls[0])
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
    return Step(place, f"It names {url}", known(url))


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
    target = server_of_hub()
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


def _local(_: str | None) -> Step:
    place = "the Jupyter servers of this user on this machine"
    if is_in_kernel() or is_in_test():
        return Step(place, "They are for scripts only, not for kernels and tests.")
    usable = usable_servers(timeout=CHECK_S)
    if not usable:
        return Step(place, "None has the extension.")
    if len(usable) > 1:
        return Step(place, "More than one has the extension: name one of them.")
    return Step(place, f"One has the extension: {usable[0].url}", usable[0])


def _in_process(_: str | None) -> Step:
    return Step(
        "the hub in this process",
        "It is always available. Its runs are visible in this process only.",
        InProcess(),
    )


_PLACES = (_argument, _environment, _runtime_file, _jupyterhub, _local, _in_process)


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
