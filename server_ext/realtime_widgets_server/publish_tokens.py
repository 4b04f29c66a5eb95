"""Publish tokens: with one, a kernel or script of this server reads and publishes, and no more.

Kernels need them because Jupyter's own token cannot always be had: servers with a password only, or
behind JupyterHub, have none to give. Each kernel has another one, so that what it publishes is
known to be from it.

A token is a name and a MAC of it under the setting `publish_token`. So none has to be stored, and
where the setting stays the same, what was started before a restart of the server can publish after
it. For the same reason none is revoked when its kernel ends: a process that the kernel started may
outlive it, and continues to publish.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode

from jupyter_server.auth import User

__all__ = ["Program", "PublishTokens", "shown_kernel"]

KERNEL_PREFIX = "kernel."
SCRIPT = "script"

SHOWN_OF_ID = 8
"""Characters of a kernel's id that are shown: enough to distinguish the kernels of one server."""


class Program(User):
    """A kernel or script that bears a publish token."""

    @property
    def kernel_id(self) -> str | None:
        """The id of the kernel, None for a script.

        A process that the kernel has started inherits its token, and has the same id.
        """
        is_kernel = self.username.startswith(KERNEL_PREFIX)
        return self.username.removeprefix(KERNEL_PREFIX) if is_kernel else None


class PublishTokens:
    """Issues and verifies the tokens of one server.

    Args:
        secret: The setting `publish_token`, which is also a valid token for scripts. Empty: no
            tokens are issued, and none is valid.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.strip()  # one that was read from a file has its newline

    def for_kernel(self, kernel_id: str) -> str:
        """Return the token of a kernel, "" where there are none."""
        return self._sign(KERNEL_PREFIX + re.sub(r"[^\w-]", "_", kernel_id, flags=re.ASCII))

    def for_scripts(self) -> str:
        """Return the token of all programs but kernels, "" where there are none."""
        return self._sign(SCRIPT)

    def bearer(self, token: str) -> Program | None:
        """Return the program that a token identifies, None if it is not valid."""
        if not self._secret:
            return None
        if _is_same(token, self._secret):
            return _program(SCRIPT)
        name = token.rpartition(".")[0]
        return _program(name) if name and _is_same(token, self._sign(name)) else None

    def _sign(self, name: str) -> str:
        if not self._secret:
            return ""
        mac = hmac.digest(self._secret.encode(), name.encode(), "sha256")
        return f"{name}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


def _program(name: str) -> Program:
    kernel_id = name.removeprefix(KERNEL_PREFIX)
    shown = name if kernel_id == name else shown_kernel(kernel_id)
    return Program(username=name, name=shown, display_name=shown.capitalize())


def shown_kernel(kernel_id: str) -> str:
    """Return the name under which a kernel publishes."""
    return f"kernel {kernel_id[:SHOWN_OF_ID]}"


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
