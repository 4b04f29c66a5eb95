"""Relay mode: a user's server passes requests on to the service of a JupyterHub."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.asgi import SharingRules, User
from realtime_widgets_server.relay import MAX_ANSWER, NO_TOKEN, Relay
from tests.asgi_server import TOKEN, AsgiServer, serving

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    Fetch = Callable[..., Awaitable[Any]]

EVENT = json.dumps({"type": "log", "message": "hi"})


@pytest.fixture
def service(jp_asyncio_loop: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[AsgiServer]:
    """The app in the place of the service; the token of this server is alice's there."""
    served = serving(
        tmp_path,
        sharing=SharingRules(),
        authenticate=lambda request: User("alice") if request.bearer_token == TOKEN else None,
    )
    yield jp_asyncio_loop.run_until_complete(served.__aenter__())
    jp_asyncio_loop.run_until_complete(served.__aexit__(None, None, None))


@pytest.fixture
def jp_server_config(service: AsgiServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", TOKEN)
    return {
        "ServerApp": {"jpserver_extensions": {"realtime_widgets_server": True}},
        "RealtimeWidgets": {"hub_service": url_of(service)},
    }


def url_of(service: AsgiServer) -> str:
    return service.url("http", ("",), None)


@pytest.fixture
def relayed(jp_fetch: Fetch) -> Fetch:
    """Send a request to a route of the user's server; its status and body."""

    async def fetch(*path: str, **how: Any) -> tuple[int, bytes]:
        try:
            answer = await jp_fetch("realtime", *path, follow_redirects=False, **how)
        except HTTPClientError as error:
            answer = error.response or pytest.fail("there is no answer")
        return answer.code, answer.body

    return fetch


async def test_requests_of_pages_are_answered_by_the_service_in_the_name_of_the_user(
    relayed: Fetch, service: AsgiServer
) -> None:
    posted = await relayed("api", "sprints", "run", "events", method="POST", body=EVENT)
    _, runs = await relayed("api", "sprints")
    _, access = await relayed("api", "sprints", "run", "access")
    status, ticket = await relayed("api", "sprints", "run", "ticket", method="POST", body="")

    assert posted[0] == 200
    assert [run["sprint_id"] for run in json.loads(runs)["sprints"]] == ["run"]
    assert json.loads(access)["owner"] == "alice"
    assert status == 200
    bearer = await service.service.tickets.redeem(json.loads(ticket)["ticket"], "run")
    assert bearer.user.name == "alice"  # type: ignore[attr-defined]  # of the app


async def test_errors_of_the_service_are_passed_on_as_they_are(relayed: Fetch) -> None:
    status, body = await relayed("api", "sprints", "no-run")

    assert (status, json.loads(body)["code"]) == (404, "unknown_sprint")
    assert (await relayed("api", "sprints", "run", method="DELETE"))[0] == 404


async def test_a_body_that_is_too_large_is_refused_before_it_is_passed_on(relayed: Fetch) -> None:
    status, _ = await relayed(
        "api", "sprints", "run", "events", method="POST", body="x" * (MAX_ANSWER + 1)
    )

    assert status == 413


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ((), ""),
        (("sprints", "run"), "sprints/run"),
        (("api", "sprints", "run", "download"), "api/sprints/run/download"),
        (("api", "sprints", "run", "events", "stream"), "api/sprints/run/events/stream"),
    ],
)
async def test_pages_and_answers_without_a_bound_lead_to_the_service(
    jp_fetch: Fetch, service: AsgiServer, path: tuple[str, ...], below: str
) -> None:
    with pytest.raises(HTTPClientError) as redirected:
        await jp_fetch("realtime", *path, follow_redirects=False)

    assert redirected.value.code == 302
    assert redirected.value.response is not None
    assert redirected.value.response.headers["Location"] == f"/a%40b/{below}"
    del service


@pytest.mark.parametrize("path", [("ws", "index"), ("api", "x"), ("api", "sprints", "r", "x", "y")])
async def test_nothing_else_is_passed_on(relayed: Fetch, path: tuple[str, ...]) -> None:
    assert (await relayed(*path))[0] == 404


async def test_the_page_of_a_comparison_keeps_its_runs_and_no_token(
    jp_fetch: Fetch, jp_serverapp: Any, service: AsgiServer
) -> None:
    query = [("run", "a"), ("run", "b@1"), ("token", jp_serverapp.identity_provider.token)]
    with pytest.raises(HTTPClientError) as redirected:
        await jp_fetch("realtime", "compare", params=query, follow_redirects=False)

    assert redirected.value.response is not None
    assert redirected.value.response.headers["Location"] == "/a%40b/compare?run=a&run=b%401"
    del service


async def test_a_request_without_a_login_is_not_passed_on(
    jp_base_url: str, http_server_client: Any
) -> None:
    for path in ("api/sprints", "api/health", "sprints/run"):
        with pytest.raises(HTTPClientError) as refused:
            await http_server_client.fetch(f"{jp_base_url}realtime/{path}", follow_redirects=False)
        assert refused.value.code in {302, 403}
        location = refused.value.response.headers.get("Location", "/login")
        assert "/login" in location


async def test_kernels_and_pages_get_the_address_of_the_service(
    jp_serverapp: Any, service: AsgiServer
) -> None:
    assert os.environ["REALTIME_WIDGETS_URL"] == url_of(service)
    assert os.environ["REALTIME_WIDGETS_RELAYED"] == url_of(service)
    assert os.environ["REALTIME_WIDGETS_TOKEN"] == TOKEN
    assert jp_serverapp.web_app.settings["page_config_data"]["realtimeWidgets"] == {
        "socketUrl": "/a%40b/ws/",
        "pageUrl": "/a%40b/",
    }


async def test_a_service_that_cannot_be_reached_is_a_temporary_error(
    relayed: Fetch, extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(extension.relay), "url", "http://127.0.0.1:9/", raising=False)
    object.__setattr__(extension.relay, "url", "http://127.0.0.1:9/")

    assert (await relayed("api", "sprints"))[0] == 503


def test_settings_that_cannot_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "")
    with pytest.raises(ValueError, match="it is no http or https URL"):
        Relay.of("realtime", "")
    with pytest.raises(ValueError, match=NO_TOKEN[:40]):
        Relay.of("http://hub/services/realtime", "")
