"""Where Redis is and how to log in, from a URL, files and the environment."""

from __future__ import annotations

import logging
import os
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from realtime_widgets.errors import StoreError

__all__ = ["PASSWORD_VARIABLE", "SCHEMES", "RedisAddress", "take_password"]

_log = logging.getLogger(__name__)

PASSWORD_VARIABLE = "REALTIME_WIDGETS_REDIS_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_PORT = 6379
SCHEMES = ("redis", "rediss", "unix")
_PREFIX = re.compile(r"[a-z0-9.-]{1,32}")


def take_password(file: str = "") -> str:
    """Return the password of a file or of the environment, and remove it from the environment.

    Kernels and terminals, which a server starts with its own environment, thus do not have it.

    Args:
        file: The path of a file that holds it; empty where there is none.

    Raises:
        StoreError: The file cannot be read.
    """
    password = os.environ.pop(PASSWORD_VARIABLE, "")
    if not file:
        return password
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        reason = f"the file of Redis' password cannot be read: {error.strerror}"
        raise StoreError(f"{reason}: {file}", reason=reason) from None


@dataclass(frozen=True, kw_only=True)
class RedisAddress:
    """Where Redis is, and how to log in.

    Attributes:
        url: `redis://HOST:PORT/DB`, `rediss://` with TLS, or `unix:///PATH?db=DB`.
        username: The ACL user; empty for the default user.
        password: Its password; empty where it has none.
        ca_file: The file of the certificates that are trusted for TLS; empty for the system's.
        certificate: The file of a client certificate; empty for none.
        key: The file of its key.
        prefix: What the names of all keys begin with.
    """

    url: str = "redis://127.0.0.1:6379/0"
    username: str = ""
    password: str = field(default="", repr=False)
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
            words = "redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH"
            raise StoreError(f"redis_url: the scheme {url.scheme!r} is none of {words}")
        self.database  # noqa: B018 - it raises
        if url.password:
            _log.warning(
                "realtime-widgets: redis_url has a password, which `ps` and logs may show; use "
                "redis_password_file or %s",
                PASSWORD_VARIABLE,
            )

    @property
    def parts(self) -> SplitResult:
        """The parts of the URL."""
        return urlsplit(self.url)

    @property
    def shown(self) -> str:
        """The address without a login, for logs and errors."""
        url = self.parts
        return url.path if url.scheme == "unix" else f"{url.hostname or '127.0.0.1'}:{self.port}"

    @property
    def port(self) -> int:
        """The port."""
        try:
            return self.parts.port or DEFAULT_PORT
        except ValueError:
            raise StoreError("redis_url: the port is a number from 1 to 65535") from None

    @property
    def database(self) -> int:
        """The number of the database.

        Raises:
            StoreError: It is no number.
        """
        url = self.parts
        text = url.query.removeprefix("db=") if url.scheme == "unix" else url.path.strip("/")
        if text and not text.isdecimal():
            raise StoreError(f"redis_url: the database {text!r} is no number")
        return int(text or 0)

    @property
    def login(self) -> list[str]:
        """The arguments of AUTH; empty where there is no password."""
        password = self.password or unquote(self.parts.password or "")
        username = self.username or unquote(self.parts.username or "") or "default"
        return [username, password] if password else []

    def tls(self) -> ssl.SSLContext | None:
        """Return the settings of TLS; None where it is not used. Certificates are always checked.

        Raises:
            StoreError: A file cannot be read.
        """
        if self.parts.scheme != "rediss":
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key or None)
        except (OSError, ssl.SSLError) as error:
            raise StoreError(f"the TLS files of Redis cannot be used: {error}") from None
        return context
