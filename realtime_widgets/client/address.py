"""The address of a Jupyter server, and how to reach it: over TCP, TLS, or a Unix socket.

A server on a Unix socket is named as Jupyter does: `http+unix://%2Frun%2Fjupyter.sock/base/`.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import string
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

__all__ = [
    "MissingCertificateError",
    "base_url",
    "here",
    "http_connection",
    "is_same_place",
    "is_this_machine",
    "possible_base_urls",
    "socket_address",
    "socket_path",
    "tls_context",
    "token_in",
]

_SCHEMES = {"http": 80, "https": 443, "http+unix": None}
"""The schemes of a Jupyter server, with the port where a URL names none."""

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be replaced

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}

_AROUND = string.whitespace + "\"'`<>"
"""What is copied along with a URL."""

_LISTED = re.compile(r"\s::\s.*", re.DOTALL)
"""What `jupyter server list` prints after a URL: the folder that the server serves."""

_HIDDEN = "..."
"""What Jupyter prints in place of a token that it was configured with."""

_PAGE = re.compile(
    r"(?:"
    r"(?:lab|doc)(?:/workspaces/[^/]+)?(?:/tree(?:/.*)?)?"
    r"|(?:tree|notebooks|edit|consoles|terminals|view|files|nbclassic|nbconvert|voila|realtime)(?:/.*)?"
    r"|log(?:in|out)"
    r")/"
)
"""What a browser shows after the base URL of a Jupyter server."""

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class MissingCertificateError(OSError):
    """The file of a certificate holds none."""


def base_url(url: str) -> str:
    """Return a URL without token and login, with a scheme, and with a slash at the end.

    Raises:
        ValueError: It is not the URL of a Jupyter server.
    """
    text = _with_scheme(_bare(url))
    try:
        parts = urlsplit(text)
        host = socket_path(text) or (parts.hostname if parts.scheme in _SCHEMES else None)
        port = parts.port
    except ValueError:
        host = port = None
    if not host:
        # Nothing of it is shown: a token or a password may be anywhere in what is no URL.
        msg = (
            "this is not the URL of a Jupyter server; "
            "pass it as Jupyter prints it or a browser shows it, such as http://localhost:8888/lab"
        )
        raise ValueError(msg)
    netloc = parts.netloc.rpartition("@")[2]
    if parts.scheme != "http+unix":
        netloc = netloc.lower()
        if port == _SCHEMES[parts.scheme]:
            netloc = netloc.removesuffix(f":{port}")
    return urlunsplit((parts.scheme, netloc, parts.path.removesuffix("/") + "/", "", ""))


def token_in(url: str) -> str:
    """Return the token that a URL has behind `?token=`, "" where it has none."""
    token = parse_qs(urlsplit(_bare(url)).query).get("token", [""])[0].strip()
    return "" if token == _HIDDEN else token


def _bare(url: str) -> str:
    return _LISTED.sub("", url).strip(_AROUND)


def _with_scheme(text: str) -> str:
    """Name the scheme of `localhost:8888` and the like, where it can be known."""
    if "://" in re.split("[?#]", text)[0]:
        return text
    try:
        parts = urlsplit(f"//{text}")
        is_clear = parts.port is not None or parts.hostname in _THIS_MACHINE
    except ValueError:
        return text
    scheme = "https" if parts.port == _SCHEMES["https"] else "http"
    return f"{scheme}://{text}" if is_clear else text


def possible_base_urls(url: str) -> list[str]:
    """Return what may be the base URL of the server that shows this page, the likeliest first.

    Args:
        url: As `base_url` returns it.
    """
    parts = urlsplit(url)
    bases = [
        parts.path[: slash.end()]
        for slash in re.finditer("/", parts.path)
        if _PAGE.fullmatch(parts.path, slash.end())
    ]
    # Behind `/user/` is the name of a user of JupyterHub, which may be that of a page.
    likely = [base for base in bases if not base.endswith("/user/")]
    unlikely = [base for base in bases if base.endswith("/user/")]
    paths = [*likely[:1], parts.path, *likely[1:], *unlikely]
    return [parts._replace(path=path).geturl() for path in paths]


def is_this_machine(url: str) -> bool:
    """Whether a base URL leads to this machine, by any name of it."""
    return bool(socket_path(url)) or urlsplit(url).hostname in _THIS_MACHINE


def is_same_place(one: str, other: str) -> bool:
    """Whether two base URLs name one server: `localhost` is known by its addresses, too."""
    return one == other or _place(one) == _place(other)


def _place(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    host = "localhost" if parts.hostname in _THIS_MACHINE else parts.netloc
    return parts.scheme, host, parts.port, parts.path


def here(url: str, listens_on: str | None) -> str:
    """Return a URL at which this machine reaches a server on it that listens on that address.

    One that listens on all of them names itself by a host name, which need not lead anywhere.
    """
    loopback = _LOOPBACK.get(listens_on or "")
    if loopback is None:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=f"{loopback}:{parts.port}" if parts.port else loopback).geturl()


def socket_path(url: str) -> str | None:
    """Return the path of the Unix socket that the URL names, None where it names a host."""
    parts = urlsplit(url)
    return unquote(parts.netloc) if parts.scheme == "http+unix" else None


def socket_address(url: str) -> str:
    """Return the `ws` address for an `http` address; the host of a Unix socket is this one."""
    parts = urlsplit(url)
    netloc = "localhost" if socket_path(url) else parts.netloc
    return urlunsplit(("wss" if parts.scheme == "https" else "ws", netloc, parts.path, "", ""))


def tls_context(url: str, certificate: str) -> ssl.SSLContext | None:
    """Return whom to trust, None where there is no TLS.

    Args:
        url: Of the server.
        certificate: The file with the certificate of this one server, "" where it has to be
            one that this machine trusts anyway.

    Raises:
        OSError: The file cannot be read, or holds no certificate.
    """
    if urlsplit(url).scheme != "https":
        return None
    if not certificate:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # It names the server as browsers call it, and kernels call it by its address on this machine.
    # So it has to be exactly this one, and not another one from the same authority.
    context.check_hostname = False
    context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    own = _CERTIFICATE.search(Path(certificate).read_text(encoding="ascii", errors="replace"))
    if own is None:  # as while it is being replaced
        msg = "the server's certificate file contains no certificate"
        raise MissingCertificateError(msg)
    context.load_verify_locations(cadata=own.group())
    return context


def http_connection(url: str, certificate: str, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to the server that is not open yet.

    It uses no proxy of the environment: that would be one for other machines.

    Raises:
        OSError: See `tls_context`.
    """
    path, parts = socket_path(url), urlsplit(url)
    context = tls_context(url, certificate)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if path:
        connection = _UnixConnection(path, timeout)
    elif context:
        connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    # Not what is set for the class: it prints all that is sent, with the token, to the cell.
    connection.set_debuglevel(0)
    return connection


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
