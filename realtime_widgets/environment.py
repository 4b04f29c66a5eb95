"""Names of the environment variables by which a Jupyter server and its kernels find each other.

The server extension sets all but `QUIET_VARIABLE` for the kernels and terminals that it starts. For
other processes the user sets them.
"""

from __future__ import annotations

__all__ = [
    "CERTIFICATE_VARIABLE",
    "QUIET_VARIABLE",
    "RELAYED_VARIABLE",
    "ROOT_VARIABLE",
    "TOKEN_VARIABLE",
    "URL_VARIABLE",
]

URL_VARIABLE = "REALTIME_WIDGETS_URL"
"""URL of the server, with its base path."""

TOKEN_VARIABLE = "REALTIME_WIDGETS_TOKEN"  # noqa: S105 - the variable's name
"""Publish token, or a token of the server."""

CERTIFICATE_VARIABLE = "REALTIME_WIDGETS_CERTIFICATE"
"""Path of the certificate of a server with TLS, where no authority has signed it."""

ROOT_VARIABLE = "REALTIME_WIDGETS_ROOT"
"""Folder that the server serves: paths of notebooks are relative to it."""

RELAYED_VARIABLE = "REALTIME_WIDGETS_RELAYED"
"""URL of the service from which the pages of this process's Jupyter server read runs, where the
server relays their requests."""

QUIET_VARIABLE = "REALTIME_WIDGETS_QUIET"
"""Not empty: this process and its children do not print that no server was found."""
