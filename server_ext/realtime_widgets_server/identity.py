"""Identity of a request: a user of Jupyter Server, or a program with a publish token.

A publish token is valid for the routes of this extension only, and there for reading and publishing
only.
"""

from __future__ import annotations

from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth import Authorizer, IdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import HTTPError

from realtime_widgets.service import Holder
from realtime_widgets_server.publish_tokens import Program

if TYPE_CHECKING:
    from jupyter_server.auth import User
    from tornado.web import RequestHandler

    from realtime_widgets.hub import Hub
    from realtime_widgets_server.context import Context

__all__ = ["USER_CHARACTERS", "RealtimeHandler"]

USER_CHARACTERS = 256
"""Maximum characters of the user's name that are stored with each event."""

_SCHEMES = ("token ", "bearer ")


class _ProgramIdentityProvider(IdentityProvider):
    """Replaces the server's identity provider for a request with a publish token."""

    def __init__(self, program: Program, **kwargs: Any) -> None:  # noqa: ANN401 - of traitlets
        super().__init__(**kwargs)
        self._program = program

    def get_user(self, handler: RequestHandler) -> User:
        # Jupyter's own mark for "no cookie was needed": lifts its XSRF and origin checks, which
        # protect cookies.
        handler._token_authenticated = True  # type: ignore[attr-defined]  # noqa: SLF001
        return self._program


class _ProgramAuthorizer(Authorizer):
    """Lets a program read and publish: what it could do with its user's files, and no more."""

    def is_authorized(
        self,
        handler: JupyterHandler,
        user: User,  # noqa: ARG002 - any program
        action: str,  # noqa: ARG002 - deleting is a "write", as publishing is
        resource: str,  # noqa: ARG002 - its handlers know one only
    ) -> bool:
        """Return whether the handler allows this method for programs."""
        assert isinstance(handler, RealtimeHandler), "it has no other"  # noqa: S101 - narrows the type
        return handler.request.method in handler.open_to_programs


class RealtimeHandler(JupyterHandler):
    """Base of every handler of this extension."""

    auth_resource = "realtime"

    open_to_programs: frozenset[str] = frozenset()
    """The HTTP methods that are allowed with a publish token."""

    def initialize(self, context: Context) -> None:
        """Take the collaborators that the extension hands to each handler."""
        self.context = context

    @property
    def hub(self) -> Hub:
        """The hub of this server."""
        return self.context.service.hub

    @property
    def identity_provider(self) -> IdentityProvider:
        """The server's identity provider, or another one for a request with a publish token."""
        program = self._bearer()
        if program is not None:
            return _ProgramIdentityProvider(program, parent=self.context.serverapp)
        return super().identity_provider

    @property
    def authorizer(self) -> Authorizer:
        """The server's authorizer, or that of programs."""
        if isinstance(self.current_user, Program):
            return _ProgramAuthorizer(parent=self.context.serverapp)
        return super().authorizer

    async def holder(self) -> Holder:
        """Return the user or program for which a connection of this request is counted."""
        user = self.current_user
        if isinstance(user, Program):
            return Holder(user.username, is_page=False, has_limit=False)
        provider = self.identity_provider
        if self.token_authenticated or not provider.auth_enabled:
            # The user of such a request has a name only if a cookie knows it; else Jupyter draws a
            # new one for each request.
            known: Any = provider.get_user_cookie(self)
            if (await known if isawaitable(known) else known) is None:
                return Holder(None, is_page=False)
        return Holder(user.username, is_page=True)

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

    def _bearer(self) -> Program | None:
        header = self.request.headers.get("Authorization", "")
        for scheme in _SCHEMES:
            if header[: len(scheme)].lower() == scheme:
                return self.context.publish_tokens.bearer(header[len(scheme) :].strip(" \t"))
        return None

    async def may_find_notebooks(self) -> bool:
        """Return whether the user may know where the notebooks of runs are."""
        if isinstance(self.current_user, Program):
            return False
        return await self.may("read", "sessions") and await self.may("read", "contents")

    async def may(self, action: str, resource: str | None = None) -> bool:
        """Return whether the user may `read` or `write` the runs of this server.

        Args:
            action: The right.
            resource: Another thing of Jupyter Server than runs.
        """
        allowed: Any = self.authorizer.is_authorized(
            self, self.current_user, action, resource or self.auth_resource
        )
        return bool(allowed if isinstance(allowed, bool) else await allowed)
