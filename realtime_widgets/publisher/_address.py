"""The address of a Jupyter server, and how to reach it: over TCP, TLS, or a Unix socket.

A server on a Unix socket is named as Jupyter does: `http+unix://%2Frun%2Fjupyter.sock/base/`.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

__all__ = ["base_url", "here", "http_connection", "socket_address", "socket_path", "tls_context"]

_SCHEMES = {"http", "https", "http+unix"}

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be replaced

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def base_url(url: str) -> str:
    """Leave out token and login, and end with a slash.

    Raises:
        ValueError: It is not the URL of a Jupyter server.
    """
    try:
        parts = urlsplit(url)
        host = socket_path(url) or parts.hostname
        parts.port  # noqa: B018 - raises where it is no number of a port
    except ValueError:
        host = None
    if not host or parts.scheme not in _SCHEMES:
        # A token may be behind the first "?" or "#", and a password anywhere before an "@".
        shown = "what was given" if "@" in url else repr(re.split("[?#]", url)[0])
        msg = f"{shown} is not the URL of a Jupyter server; give one such as http://host:8888/"
        raise ValueError(msg)
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, netloc, parts.path.removesuffix("/") + "/", "", ""))


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
        msg = "the file of the server's certificate holds none"
        raise OSError(msg)
    context.load_verify_locations(cadata=own.group())
    return context


def http_connection(url: str, certificate: str, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to the server that is not open yet.

    It asks no proxy of the environment: that would be one for other machines.

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
