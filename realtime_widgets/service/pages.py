"""Standalone pages without a web framework: the list of runs, one run, and their files."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from string import Template

__all__ = ["ASSETS", "Page", "read_asset"]

NONCE_BYTES = 16

# Only the script with the nonce of this response may run: not even a user's file that the same
# server serves. No script may create markup from text, and no other site may frame the page.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action {forms}; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types realtime-widgets"
)

WORDS = {
    400: ("Not a run", "This is not a valid name of a run."),
    401: ("Not logged in", "Log in to the application that shows these runs, and load this again."),
    403: ("Not allowed", "You are logged in, but not allowed to see the runs of this server."),
    404: ("Not found", "There is no such page."),
}
"""Title and text of an error, by HTTP status."""

ERROR = ("Error", "The server could not answer the request.")

ASSETS = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "agents.js": "text/javascript; charset=utf-8",
    "charts.js": "text/javascript; charset=utf-8",
    "share.js": "text/javascript; charset=utf-8",
    "files.js": "text/javascript; charset=utf-8",
}
"""The types of the pages' files, and of the parts that all views load when they need them, by name.

They are sent without authentication: they contain nothing of the server, and the page of an
authorization error needs its style, too."""

SCRIPT = '<script type="module" nonce="{nonce}" src="{up}realtime/static/page.js"></script>'

NO_SCRIPT = (
    '<noscript><p class="realtime-widgets rtw-page-words">This page follows runs live, and needs '
    "JavaScript for that.</p></noscript>"
)

WITH_WORDS = (
    '<main class="realtime-widgets rtw-page-words"><h1>{title}</h1><p>{words}</p>{link}</main>'
)

REQUEST = (
    '<form method="post" action="{up}realtime/api/sprints/{sprint_id}/access/requests">'
    '<button class="rtw-button" type="submit">Request access</button></form>'
)

REQUESTED = (
    '<meta http-equiv="refresh" content="15">'
    "<p>You have requested access. This page opens the run when its owner has allowed it.</p>"
)
"""The page is loaded again, by itself, after so many seconds."""

_template = Template(files(__package__).joinpath("page.html").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of one response.

    Attributes:
        up: Relative path from the page to the URL above `realtime/`; a proxy may change the
            absolute one.
        home: What the link to that URL is called, "" for no link.
        is_shared: Whether users share runs on this server.
        has_form: Whether the page has a form, with which access is requested.
    """

    up: str
    home: str = ""
    has_form: bool = False
    is_shared: bool = False
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(NONCE_BYTES))

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        return {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": POLICY.format(
                nonce=self.nonce, forms="'self'" if self.has_form else "'none'"
            ),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",  # the address may still hold a token
            "X-Content-Type-Options": "nosniff",
        }

    def show(self, title: str, *, notebooks: str = "") -> bytes:
        """Return the page; its script reads from the address what to show.

        Args:
            title: The title of the browser's tab.
            notebooks: The prefix of a notebook's path below the URL of `up`, "" where no
                application shows notebooks.
        """
        script = SCRIPT.format(nonce=self.nonce, up=escape(self.up))
        return self._made(title, script, NO_SCRIPT, notebooks)

    def explain(self, status: int) -> bytes:
        """Return a description of an error, without the text of an exception."""
        title, words = WORDS.get(status, ERROR)
        link = f'<p><a href="{escape(self.up)}">To {escape(self.home)}</a></p>' if self.home else ""
        body = WITH_WORDS.format(title=escape(title), words=escape(words), link=link)
        return self._made(title, "", body, "")

    def offer_access(self, sprint_id: str, words: str, *, is_requested: bool) -> bytes:
        """Return the page of a run that was not shared with the user, who can request it.

        Args:
            sprint_id: The run, whose name keeps its rule.
            words: Why it is not shown.
            is_requested: Whether the user has just requested it.
        """
        form = (
            REQUESTED if is_requested else REQUEST.format(up=escape(self.up), sprint_id=sprint_id)
        )
        title = "Not shared with you"
        body = WITH_WORDS.format(title=title, words=escape(words), link=form)
        return self._made(title, "", body, "")

    def _made(self, title: str, script: str, body: str, notebooks: str) -> bytes:
        texts = {"title": title, "up": self.up, "notebooks": notebooks, "home": self.home}
        texts["sharing"] = "true" if self.is_shared else ""
        escaped = {name: escape(text) for name, text in texts.items()}
        return _template.substitute(escaped, script=script, body=body).encode()


def read_asset(name: str) -> bytes | None:
    """Return a file of the pages, None where there is none of this name or it was not built."""
    file = files("realtime_widgets").joinpath("static", name)
    return file.read_bytes() if name in ASSETS and file.is_file() else None
