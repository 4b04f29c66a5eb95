"""The login of browsers at the Hub, from the first page to the cookie."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx

from realtime_widgets.asgi import RealtimeApp, SharingRules
from realtime_widgets_jupyterhub.gate import Gate
from tests.asgi_server import uvicorn_of

from .hub_api import COOKIES, HubApi, serving_hub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

PAGE = "/services/realtime/sprints/run?x=1"
CALLBACK = "/services/realtime/oauth_callback"


@contextlib.asynccontextmanager
async def browsing() -> AsyncIterator[tuple[HubApi, httpx.AsyncClient]]:
    """A browser without a login in front of the service."""
    async with serving_hub() as (api, hub, users):
        app = RealtimeApp(store="memory", authenticate=users.find, sharing=SharingRules())
        gate = Gate(app, hub, users, COOKIES)
        async with (
            uvicorn_of(gate) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as browser,
        ):
            api.add_token("alices", "alice")
            api.codes["a-code"] = "alices"
            yield api, browser


async def test_a_page_leads_to_the_hub_and_from_there_back_to_the_page() -> None:
    async with browsing() as (_, browser):
        away = await browser.get(PAGE)
        query = parse_qs(urlsplit(away.headers["Location"]).query)
        back = await browser.get(CALLBACK, params={"code": "a-code", "state": query["state"][0]})
        page = await browser.get(back.headers["Location"])

        assert away.status_code == 302
        assert query["client_id"] == ["service-realtime"]
        assert query["redirect_uri"] == [CALLBACK]
        assert back.headers["Location"] == PAGE
        assert page.status_code == 200
        assert dict(browser.cookies) == {"realtime-widgets-realtime": "alices"}


async def test_a_login_that_this_browser_did_not_begin_gives_no_cookie() -> None:
    async with browsing() as (api, browser):
        away = await browser.get(PAGE)
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        browser.cookies.clear()
        refused = await browser.get(CALLBACK, params={"code": "a-code", "state": state})

        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers
        assert "oauth2/token" not in api.asked


async def test_a_code_that_the_hub_does_not_take_gives_no_cookie() -> None:
    async with browsing() as (_, browser):
        away = await browser.get(PAGE)
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        refused = await browser.get(CALLBACK, params={"code": "other", "state": state})

        assert refused.status_code == 502
        assert "realtime-widgets-realtime=" not in refused.headers.get("set-cookie", "")


async def test_neither_codes_nor_tokens_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with browsing() as (_, browser):
        away = await browser.get(PAGE)
        state = parse_qs(urlsplit(away.headers["Location"]).query)["state"][0]
        await browser.get(CALLBACK, params={"code": "a-code", "state": state})
        await browser.get("/services/realtime/api/sprints?token=alices")

    of_server = [record.getMessage() for record in caplog.records if "uvicorn" in record.name]
    assert not [line for line in of_server if "a-code" in line or "alices" in line]
