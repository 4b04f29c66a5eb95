"""Standalone pages: the list of runs, one run, and a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado import web

from realtime_widgets.errors import InvalidSprintIdError
from realtime_widgets.protocol.ids import check_sprint_id
from realtime_widgets.service.pages import ASSETS, Page, read_asset
from realtime_widgets_server.identity import RealtimeHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["ComparisonPage", "PageAsset", "RedirectToList", "RunPage", "RunsPage"]

# The URL prefix of a notebook's path in each application that shows notebooks.
NOTEBOOK_PAGES = {"jupyterlab": "lab/tree/", "notebook": "notebooks/"}


def _notebook_page(server: ServerApp) -> str:
    """Return the URL prefix of notebooks below the base URL; "" if no application shows them."""
    names = sorted(NOTEBOOK_PAGES)
    if server.default_url.startswith("/tree"):
        names.reverse()
    known = server.extension_manager.extensions
    there = (name for name in names if name in known and known[name].enabled)
    return NOTEBOOK_PAGES.get(next(there, ""), "")


class _Page(RealtimeHandler):
    """Base of the pages, in which only their own script runs."""

    up = "../"
    """Relative path from the page to the base URL."""

    @property
    def content_security_policy(self) -> str:
        """The policy of this answer."""
        return self._page.headers["Content-Security-Policy"]

    def set_default_headers(self) -> None:
        """Add what Jupyter does not set."""
        self._page = Page(up=self.up, home="Jupyter")
        super().set_default_headers()
        for name, value in self._page.headers.items():
            self.set_header(name, value)

    def show(self, title: str) -> None:
        """Answer with the page."""
        self.xsrf_token  # noqa: B018 - reading it sets the cookie, which the script sends back
        notebooks = _notebook_page(self.context.serverapp)
        self.finish(self._page.show(title, notebooks=notebooks))

    def write_error(self, status_code: int, **_: object) -> None:
        """Answer with a description of the error."""
        self.finish(self._page.explain(status_code))


class RunsPage(_Page):
    """`{base_url}realtime/`: all runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page."""
        self.show("Runs")


class ComparisonPage(_Page):
    """`{base_url}realtime/compare?run=a&run=b`: runs side by side, which its script reads."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the page."""
        self.show("Comparison")


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
    """`{base_url}realtime/static/...`: script and style of the pages, without authentication."""

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Decode the name of a file; there is none whose name is not UTF-8."""
        try:
            return super().decode_argument(value, name)
        except web.HTTPError:
            raise web.HTTPError(404) from None

    @allow_unauthenticated
    def get(self, name: str) -> None:
        """Answer with the file, or with 304 if the browser has the current version."""
        content = read_asset(name)
        if content is None:
            raise web.HTTPError(404)
        self.set_header("Content-Type", ASSETS[name])
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-cache")
        # Tornado makes the ETag of what is sent, so that a new build is seen at once.
        self.finish(content)
