"""Where Redis is and how to log in, from a URL, files and the environment."""

from __future__ import annotations

import logging
import os
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from realtime_widgets.errors import StoreError

__all__ = [
    "PASSWORD_VARIABLE",
    "SCHEMES",
    "Place",
    "RedisAddress",
    "read_password",
    "shown_place",
    "take_password",
]

_log = logging.getLogger(__name__)

PASSWORD_VARIABLE = "REALTIME_WIDGETS_REDIS_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_PORT = 6379
SENTINEL_PORT = 26379
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
_PREFIX = re.compile(r"[a-z0-9.-]{1,32}")

Place: TypeAlias = "tuple[str, int] | str"
"""A host and a port, or the path of a socket."""


def take_password(file: str = "") -> str:
    """Return the password of a file or of the environment, and remove it from the environment.

    Kernels and terminals, which a server starts with its own environment, thus do not have it.

    Args:
        file: The path of a file that holds it; empty where there is none.

    Raises:
        StoreError: The file cannot be read.
    """
    password = os.environ.pop(PASSWORD_VARIABLE, "")
    return read_password("redis_password_file", file) if file else password


def read_password(setting: str, file: str) -> str:
    """Return the password of a file; an empty one without a file.

    Args:
        setting: The name of the setting, for the error.
        file: The path of the file; empty where there is none.

    Raises:
        StoreError: The file cannot be read.
    """
    if not file:
        return ""
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        reason = f"{setting}: the file cannot be read: {error.strerror}"
        raise StoreError(f"{reason}: {file}", reason=reason) from None


@dataclass(frozen=True, kw_only=True)
class RedisAddress:
    """Where Redis is, and how to log in.

    Attributes:
        url: `redis://HOST:PORT/DB`, `rediss://` with TLS, `unix:///PATH?db=DB`, or
            `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB`, with TLS `rediss+sentinel://`.
        username: The ACL user; empty for the default user.
        password: Its password; empty where it has none.
        sentinel_username: The ACL user at Sentinel; empty for the default user.
        sentinel_password: Its password; empty where it has none.
        ca_file: The file of the certificates that are trusted for TLS; empty for the system's.
        certificate: The file of a client certificate; empty for none.
        key: The file of its key.
        prefix: What the names of all keys begin with.
    """

    url: str = "redis://127.0.0.1:6379/0"
    username: str = ""
    password: str = field(default="", repr=False)
    sentinel_username: str = ""
    sentinel_password: str = field(default="", repr=False)
    ca_file: str = ""
    certificate: str = ""
    key: str = ""
    prefix: str = "rw"

    def __post_init__(self) -> None:
        if not _PREFIX.fullmatch(self.prefix):
            raise StoreError(
                f"redis_prefix={self.prefix!r}: it is 1 to 32 of the characters a-z, 0-9, '.' and "
                "'-'"
            )
        url = self.parts
        if url.scheme not in SCHEMES:
            words = (
                "redis://HOST:PORT/DB, rediss://HOST:PORT/DB, unix:///PATH or "
                "redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB"
            )
            raise StoreError(f"redis_url: the scheme {url.scheme!r} is none of {words}")
        if self.is_sentinel and not self.service:
            raise StoreError(
                "redis_url: the name of the service is missing: "
                "redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB"
            )
        self.places, self.database  # noqa: B018 - they raise
        if url.password:
            _log.warning(
                "realtime-widgets: redis_url has a password, which `ps` and logs may show; use "
                "redis_password_file or %s",
                PASSWORD_VARIABLE,
            )

    @property
    def parts(self) -> SplitResult:
        """The parts of the URL.

        Raises:
            StoreError: It is no URL.
        """
        try:
            return urlsplit(self.url)
        except ValueError as error:
            raise StoreError(f"redis_url is no URL: {error}") from None

    @property
    def is_sentinel(self) -> bool:
        """Whether the URL names Sentinels, at which the primary has to be looked up."""
        return self.parts.scheme.endswith("+sentinel")

    @property
    def service(self) -> str:
        """The name by which Sentinel knows the primary; empty without Sentinel."""
        return unquote(self._path[0]) if self.is_sentinel else ""

    @property
    def shown(self) -> str:
        """The address without a login, for logs and errors."""
        places = ", ".join(map(shown_place, self.places))
        return f"{self.service!r} of the Sentinels {places}" if self.is_sentinel else places

    @property
    def places(self) -> list[Place]:
        """Where Redis is, or each of the Sentinels.

        Raises:
            StoreError: A port is no number from 1 to 65535.
        """
        url = self.parts
        if url.scheme == "unix":
            return [url.path]
        hosts = url.netloc.rpartition("@")[2].split(",")
        return [_place(host, SENTINEL_PORT if self.is_sentinel else DEFAULT_PORT) for host in hosts]

    @property
    def database(self) -> int:
        """The number of the database.

        Raises:
            StoreError: It is no number.
        """
        url = self.parts
        text = url.query.removeprefix("db=") if url.scheme == "unix" else "/".join(self._path[1:])
        if text and not text.isdecimal():
            raise StoreError(f"redis_url: the database {text!r} is no number")
        return int(text or 0)

    @property
    def _path(self) -> list[str]:
        """The service and what follows it; Redis itself has no service."""
        path = self.parts.path.strip("/").split("/")
        return path if self.is_sentinel else ["", *path]

    @property
    def login(self) -> list[str]:
        """The arguments of AUTH; empty where there is no password."""
        password = self.password or unquote(self.parts.password or "")
        return _login(self.username or unquote(self.parts.username or ""), password)

    @property
    def sentinel_login(self) -> list[str]:
        """The arguments of AUTH at Sentinel; empty where there is no password."""
        return _login(self.sentinel_username, self.sentinel_password)

    def tls(self) -> ssl.SSLContext | None:
        """Return the settings of TLS; None where it is not used. Certificates are always checked.

        Raises:
            StoreError: A file cannot be read.
        """
        if not self.parts.scheme.startswith("rediss"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key or None)
        except (OSError, ssl.SSLError) as error:
            raise StoreError(f"the TLS files of Redis cannot be used: {error}") from None
        return context


def shown_place(place: Place) -> str:
    """Return a place for logs and errors."""
    return place if isinstance(place, str) else f"{place[0]}:{place[1]}"


def _login(username: str, password: str) -> list[str]:
    return [username or "default", password] if password else []


def _place(host: str, default_port: int) -> Place:
    url = urlsplit(f"//{host}")
    try:
        return url.hostname or "127.0.0.1", url.port or default_port
    except ValueError:
        raise StoreError("redis_url: the port is a number from 1 to 65535") from None
