"""Standalone pages: the list of runs, and one run."""

from __future__ import annotations

import secrets
from importlib.resources import files
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado import web
from tornado.template import Template

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets_server.identity import RealtimeHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["ASSETS", "PageAsset", "RedirectToList", "RunPage", "RunsPage"]

NONCE_BYTES = 16

# Only the script with the nonce of this response may run: not even a user's file that the same
# server serves. No script may create markup from text, and no other site may frame the page.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

WORDS = {
    400: ("Not a run", "This is not a valid name of a run."),
    403: ("Not allowed", "You are logged in, but not allowed to see the runs of this server."),
}

ASSETS = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
}

# The URL prefix of a notebook's path in each application that shows notebooks.
NOTEBOOK_PAGES = {"jupyterlab": "lab/tree/", "notebook": "notebooks/"}

_template = Template(files(__package__).joinpath("page.html").read_text("utf-8"))


def _notebook_page(server: ServerApp) -> str:
    """Return the URL prefix of notebooks below the base URL; "" if no application shows them."""
    names = sorted(NOTEBOOK_PAGES)
    if server.default_url.startswith("/tree"):
        names.reverse()
    known = server.extension_manager.extensions
    there = (name for name in names if name in known and known[name].enabled)
    return NOTEBOOK_PAGES.get(next(there, ""), "")


class _Page(RealtimeHandler):
    """Base of the pages: one template, and a policy under which only its own script runs."""

    up = "../"
    """Relative path from the page to the base URL; a proxy may change the absolute one."""

    @property
    def content_security_policy(self) -> str:
        """The policy of this answer."""
        return POLICY.format(nonce=self._nonce)

    def set_default_headers(self) -> None:
        """Add what Jupyter does not set."""
        self._nonce = secrets.token_urlsafe(NONCE_BYTES)
        super().set_default_headers()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        # The address may still hold the token of a first visit.
        self.set_header("Referrer-Policy", "same-origin")

    def show(self, title: str) -> None:
        """Answer with the page; its script reads from the address what to show."""
        self.xsrf_token  # noqa: B018 - reading it sets the cookie, which the script sends back
        self._finish(title, words="")

    def _finish(self, title: str, *, words: str) -> None:
        self.finish(
            _template.generate(
                title=title,
                words=words,
                nonce=self._nonce,
                up=self.up,
                notebooks=_notebook_page(self.context.serverapp),
            )
        )

    def write_error(self, status_code: int, **_: object) -> None:
        """Answer with a description of the error, without the text of an exception."""
        title, words = WORDS.get(status_code, ("Error", "The server could not answer the request."))
        self._finish(title, words=words)


class RunsPage(_Page):
    """`{base_url}realtime/`: all runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page."""
        self.show("Runs")


class RunPage(_Page):
    """`{base_url}realtime/sprints/{id}`: one run, which may not have begun yet."""

    up = "../../"

    @web.authenticated
    @authorized
    async def get(self, sprint_id: str) -> None:
        """Answer with the page, or with words about a bad name."""
        try:
            check_sprint_id(sprint_id)
        except InvalidSprintIdError as error:
            raise web.HTTPError(400) from error
        self.show(sprint_id)


class RedirectToList(_Page):
    """`{base_url}realtime`: redirects to the list, whose URL ends with a slash."""

    up = "./"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Redirect to the list."""
        self.redirect("realtime/")


class PageAsset(web.RequestHandler):
    """`{base_url}realtime/static/...`: script and style of the pages.

    Without authentication, like Jupyter's own static files: they contain nothing of this server,
    and the page of an authorization error needs its style, too.
    """

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode the name of a file; there is none whose name is not UTF-8."""
        try:
            return super().decode_argument(value, name)
        except web.HTTPError:
            raise web.HTTPError(404) from None

    @allow_unauthenticated
    def get(self, name: str) -> None:
        """Answer with the file, or with 304 if the browser has the current version."""
        file = files("realtime_widgets").joinpath("static", name)
        if name not in ASSETS or not file.is_file():
            raise web.HTTPError(404)
        self.set_header("Content-Type", ASSETS[name])
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        # Tornado makes the ETag of what is sent, so that a new build is seen at once.
        self.finish(file.read_bytes())
