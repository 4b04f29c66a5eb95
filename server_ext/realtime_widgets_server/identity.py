"""Who a request comes from: Jupyter's own users, or a kernel that bears the publish token.

The publish token is minted by the extension and handed to kernels in their environment. It opens
only the routes of this extension. Kernels need it because Jupyter's own token cannot always be
had: servers with a password only, or behind JupyterHub, have none to give.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from jupyter_server.auth import AllowAllAuthorizer, Authorizer, IdentityProvider, User
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

if TYPE_CHECKING:
    from tornado.web import RequestHandler

    from realtime_widgets.hub import Hub
    from realtime_widgets_server.app import RealtimeWidgets

__all__ = ["KERNEL", "RealtimeHandler"]

KERNEL = User(username="kernel", name="kernel", display_name="Kernel")
"""Who publishes with the publish token."""

_SCHEMES = ("token ", "bearer ")


class _KernelIdentityProvider(IdentityProvider):
    """Stands in for the server's own provider in a request that bears the publish token."""

    def get_user(self, handler: RequestHandler) -> User:
        # Jupyter's own mark for "no cookie was needed": lifts its XSRF and origin checks, which
        # protect cookies.
        handler._token_authenticated = True  # type: ignore[attr-defined]  # noqa: SLF001
        return KERNEL


class RealtimeHandler(JupyterHandler):
    """Base of every handler of this extension."""

    auth_resource = "realtime"

    def initialize(self, extension: RealtimeWidgets) -> None:
        """Take the collaborators that the extension gives to each handler."""
        self.extension = extension

    @property
    def hub(self) -> Hub:
        """The hub of this server."""
        return self.extension.hub

    @property
    def identity_provider(self) -> IdentityProvider:
        """The server's identity provider, or the kernels' for a request with the publish token."""
        if self._bears_publish_token():
            return _KernelIdentityProvider(parent=self.extension)
        return super().identity_provider

    @property
    def authorizer(self) -> Authorizer:
        """The server's authorizer; a kernel may do here what it could do with its user's files."""
        if self.current_user is KERNEL:
            return AllowAllAuthorizer(parent=self.extension)
        return super().authorizer

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode a part of the address; what is not UTF-8 is the client's mistake, not logged."""
        try:
            return super().decode_argument(value, name)
        except HTTPError:
            raise HTTPError(400, reason="not UTF-8") from None

    def write_error(self, status_code: int, **_: object) -> None:
        """Answer with the status alone: Jupyter's page needs a user, who may be unknown still."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")

    def _bears_publish_token(self) -> bool:
        header = self.request.headers.get("Authorization", "")
        for scheme in _SCHEMES:
            if header[: len(scheme)].lower() == scheme:
                given = header[len(scheme) :].strip(" \t")
                expected = self.extension.publish_token.strip()  # as kernels get it
                # An empty token is one that was switched off, not one that anybody has.
                return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
        return False

    async def may(self, action: str) -> bool:
        """Tell whether the user may `read` or `write` the runs of this server."""
        allowed: Any = self.authorizer.is_authorized(
            self, self.current_user, action, self.auth_resource
        )
        return bool(allowed if isinstance(allowed, bool) else await allowed)
