"""The pages of runs, and what they are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from realtime_widgets.service import pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Ask = Callable[..., Awaitable[Any]]

PAGES = ("realtime/", "realtime/sprints/run", "realtime/compare?run=a&run=b")


class DeniesAll(Authorizer):
    """Lets no user do anything."""

    def is_authorized(self, *_: Any) -> bool:
        return False


@pytest.fixture
def ask(
    http_server: Any,  # noqa: ARG001 - is running
    jp_http_port: int,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
) -> Ask:
    """Get a path below the base URL as a browser would, with a login or without."""

    async def get(path: str, *, login: bool = True, **headers: str) -> Any:
        url = f"http://localhost:{jp_http_port}{jp_base_url}{path}"
        sent = {"Accept": "text/html", **headers, **(jp_auth_header if login else {})}
        request = HTTPRequest(url, headers=sent, follow_redirects=False)
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    return get


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built front end, which a checkout does not have."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "page.js").write_text("export {};")
    (folder / "page.css").write_text("body {}")
    monkeypatch.setattr(pages, "files", lambda _: tmp_path)
    return folder


def policy(answer: Any) -> dict[str, str]:
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (one.partition(" ") for one in directives)}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_lets_only_its_own_script_run(ask: Ask, path: str) -> None:
    answer = await ask(path)
    again = await ask(path)

    html = answer.body.decode()
    (nonce,) = re.findall(r'<script type="module" nonce="([^"]+)"', html)
    assert answer.code == 200
    assert policy(answer)["script-src"] == f"'nonce-{nonce}'"
    assert policy(answer)["default-src"] == "'none'"
    assert policy(answer)["frame-ancestors"] == "'self'"
    assert policy(answer)["require-trusted-types-for"] == "'script'"
    assert policy(answer)["trusted-types"] == "realtime-widgets"
    assert not re.search(r"unsafe|\*|https?:", answer.headers["Content-Security-Policy"])
    assert not re.search(r"<style|style=|\son\w+=|<script[^>]*>[^<]", html)
    assert policy(again)["script-src"] != policy(answer)["script-src"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_holds_no_token_and_knows_the_base_url_wherever_a_proxy_puts_it(
    ask: Ask, path: str, jp_serverapp: Any, jp_base_url: str
) -> None:
    html = (await ask(path)).body.decode()

    [base] = re.findall('data-base-url="(.*?)"', html)
    [script] = re.findall('src="(.*?)"', html)
    for root in (jp_base_url, "/a/proxy/of/the/users/"):
        assert urljoin(root + path, base) == root
        assert urljoin(root + path, script) == f"{root}realtime/static/page.js"
    assert jp_serverapp.identity_provider.token not in html


async def test_a_page_brings_the_cookie_with_which_its_script_may_post(ask: Ask) -> None:
    answer = await ask("realtime/")

    assert "_xsrf=" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("allow", [True, False])
@pytest.mark.parametrize("path", ["realtime", *PAGES])
async def test_a_user_that_is_not_logged_in_is_sent_to_the_login_and_back(
    ask: Ask, path: str, jp_base_url: str, jp_serverapp: Any, *, allow: bool
) -> None:
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = allow

    answer = await ask(path, login=False)

    to = urlsplit(answer.headers["Location"])
    assert answer.code == 302
    assert to.path == f"{jp_base_url}login"
    assert parse_qs(to.query)["next"] == [jp_base_url + path]


@pytest.mark.parametrize("path", PAGES)
async def test_a_user_without_the_right_to_read_gets_a_page_with_the_reason(
    ask: Ask, path: str, jp_serverapp: Any
) -> None:
    jp_serverapp.web_app.settings["authorizer"] = DeniesAll(parent=jp_serverapp)

    answer = await ask(path)

    assert answer.code == 403
    assert "not allowed to see the runs" in answer.body.decode()
    assert "<script" not in answer.body.decode()
    assert policy(answer)["default-src"] == "'none'"


@pytest.mark.parametrize("sprint_id", ["-bad", "%3Cimg%20src=x%3E", "a" * 65, "bad%0A"])
async def test_a_bad_name_is_explained_and_not_repeated(ask: Ask, sprint_id: str) -> None:
    answer = await ask(f"realtime/sprints/{sprint_id}")

    assert answer.code == 400
    assert "not a valid name of a run" in answer.body.decode()
    assert "<img" not in answer.body.decode()


async def test_the_list_is_found_without_its_slash(ask: Ask) -> None:
    answer = await ask("realtime")

    assert (answer.code, answer.headers["Location"]) == (302, "realtime/")


@pytest.mark.usefixtures("static")
@pytest.mark.parametrize(
    ("name", "content_type"), [("page.js", "text/javascript"), ("page.css", "text/css")]
)
async def test_what_the_browser_has_already_is_not_sent_again(
    ask: Ask, name: str, content_type: str
) -> None:
    first = await ask(f"realtime/static/{name}", login=False)
    again = await ask(f"realtime/static/{name}", **{"If-None-Match": first.headers["Etag"]})

    assert (first.code, again.code) == (200, 304)
    assert first.headers["Content-Type"].startswith(content_type)
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["Cache-Control"] == "no-cache"


async def test_a_new_build_is_sent_at_once(ask: Ask, static: Path) -> None:
    before = await ask("realtime/static/page.js")
    (static / "page.js").write_text("export const build = 2;")

    after = await ask("realtime/static/page.js", **{"If-None-Match": before.headers["Etag"]})

    assert (after.code, after.body) == (200, b"export const build = 2;")


@pytest.mark.usefixtures("static")
@pytest.mark.parametrize("name", ["widget.js", "..%2Fpy.typed", "page.js%00", "page.js/"])
async def test_nothing_but_the_page_is_given_out(ask: Ask, name: str) -> None:
    answer = await ask(f"realtime/static/{name}")

    assert answer.code in {302, 404}
    assert b"export" not in answer.body


async def test_a_front_end_that_was_not_built_is_not_found(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "files", lambda _: tmp_path)

    assert (await ask("realtime/static/page.js")).code == 404


@pytest.mark.parametrize(
    ("enabled", "default_url", "expected"),
    [
        ([], "/", ""),
        (["jupyterlab"], "/lab", "lab/tree/"),
        (["notebook"], "/tree", "notebooks/"),
        (["jupyterlab", "notebook"], "/lab", "lab/tree/"),
        (["jupyterlab", "notebook"], "/tree", "notebooks/"),
    ],
)
async def test_a_page_knows_where_the_server_shows_notebooks(
    ask: Ask, jp_serverapp: Any, enabled: list[str], default_url: str, expected: str
) -> None:
    class Extension:
        enabled = True

    mine = jp_serverapp.extension_manager.extensions
    # Only for the request: the server would want to stop them.
    with pytest.MonkeyPatch.context() as patch:
        for name in enabled:
            patch.setitem(mine, name, Extension())
        patch.setattr(jp_serverapp, "default_url", default_url)
        html = (await ask("realtime/")).body.decode()

    assert f'data-notebooks="{expected}"' in html
