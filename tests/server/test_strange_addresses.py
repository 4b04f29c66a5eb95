"""Addresses that no client of ours asks for: undecodable, or with control characters."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

if TYPE_CHECKING:
    from realtime_widgets_server import RealtimeWidgets

    Way = tuple[str, dict[str, str]]

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
SUBPROTOCOL = {"Sec-WebSocket-Protocol": "realtime-widgets.v1"}

ROUTES = [
    "realtime",
    "realtime/",
    "realtime/sprints/{}",
    "realtime/compare",
    "realtime/ws/index",
    "realtime/ws/sprints/{}",
    "realtime/api/health",
    "realtime/api/index/ticket",
    "realtime/api/sprints",
    "realtime/api/sprints/{}",
    "realtime/api/sprints/{}/position",
    "realtime/api/sprints/{}/events",
    "realtime/api/sprints/{}/events/stream",
    "realtime/api/sprints/{}/agui",
    "realtime/api/sprints/{}/search",
    "realtime/api/sprints/{}/replies",
    "realtime/api/sprints/{}/series",
    "realtime/api/sprints/{}/access",
    "realtime/api/sprints/{}/access/requests",
    "realtime/api/sprints/{}/blobs/a",
    "realtime/api/sprints/{}/download",
    "realtime/api/sprints/{}/ticket",
    "realtime/static/{}",
]

UNDECODABLE = ["%FF", "a%FF", "%C3", "%ED%A0%80", "%F0%9F"]
STRANGE = ["%00", "a%00b", "%0A", "%1B", "%E2%80%AE", "%25FF", "..%2F..", "a" * 4_000]

ARGUMENTS = [
    "realtime?token={}",
    "realtime/?token={}",
    "realtime/sprints/run?token={}",
    "realtime/ws/index?token={}",
    "realtime/ws/sprints/run?token={}",
    "realtime/api/health?token={}",
    "realtime/api/sprints?before={}",
    "realtime/api/sprints?limit={}",
    "realtime/api/sprints/run?token={}",
    "realtime/api/sprints/run/events?after={}",
    "realtime/api/sprints/run/events?before={}",
    "realtime/api/sprints/run/events?limit={}",
    "realtime/api/sprints/run/ticket?token={}",
    "realtime/api/sprints/run/events/stream?after={}",
    "realtime/api/sprints/run/agui?after={}",
    "realtime/api/sprints/run/search?text={}",
    "realtime/api/sprints/run/series?attempt={}",
    "realtime/api/sprints/run/download?format={}",
    "realtime/api/sprints/run/blobs/{}?token=a",
]


@pytest.fixture(params=[True, False], ids=["logged in", "no login"])
def login(request: pytest.FixtureRequest, jp_auth_header: dict[str, str]) -> dict[str, str]:
    return dict(jp_auth_header) if request.param else {}


@pytest.fixture
def ask(
    http_server: Any,  # noqa: ARG001 - it answers
    jp_http_port: int,
    jp_base_url: str,
    login: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> Any:
    """Ask for a path in every way that its route knows: the status, and what is logged of it."""

    async def fetch(path: str, method: str, headers: dict[str, str]) -> tuple[int, list[str]]:
        caplog.clear()
        request = HTTPRequest(
            f"http://localhost:{jp_http_port}{jp_base_url}{path}",
            method=method,
            body="" if method == "POST" else None,
            headers={**login, **headers},
            follow_redirects=False,
        )
        answer = await AsyncHTTPClient().fetch(request, raise_error=False)
        warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
        lines = "\n".join(map(logging.Formatter().format, warnings)).splitlines()
        return answer.code, lines

    async def fetch_all(path: str, *ways: Way) -> list[tuple[int, list[str]]]:
        if not ways:
            upgrades = (UPGRADE, {**UPGRADE, **SUBPROTOCOL}) if "/ws/" in path else ()
            ways = (("GET", {}), ("POST", {}), ("DELETE", {}), *(("GET", up) for up in upgrades))
        return [await fetch(path, method, headers) for method, headers in ways]

    return fetch_all


def test_l14_every_route_is_asked_for(extension: RealtimeWidgets) -> None:
    assert len(ROUTES) == len(extension.handlers)


@pytest.mark.parametrize("part", UNDECODABLE)
async def test_l14_a_path_that_is_not_utf_8_is_one_line_in_the_log(ask: Any, part: str) -> None:
    for route in ROUTES:
        if "{}" in route:
            for code, lines in await ask(route.format(part)):
                assert code in {400, 404}, route
                assert len(lines) == 1, route


@pytest.mark.parametrize("part", UNDECODABLE)
async def test_l14_an_argument_that_is_not_utf_8_has_no_traceback(ask: Any, part: str) -> None:
    for route in ARGUMENTS:
        for code, lines in await ask(route.format(part)):
            assert 400 <= code < 500, route
            # A client that is not logged in gets two or three lines of Jupyter's own.
            assert len(lines) == 1 if code == 400 else len(lines) <= 3, route


async def test_l14_the_start_of_a_plain_connection_that_is_not_utf_8_is_refused_before_the_upgrade(
    ask: Any, login: dict[str, str]
) -> None:
    [(code, lines)] = await ask("realtime/ws/sprints/run?since=%FF", ("GET", UPGRADE))

    assert code == (400 if login else 403)
    assert len(lines) == (1 if login else 2)


@pytest.mark.parametrize("part", STRANGE)
async def test_l14_a_strange_path_has_no_traceback(ask: Any, part: str) -> None:
    for route in ROUTES:
        if "{}" in route:
            for code, lines in await ask(route.format(part)):
                assert code in {302, *range(400, 500)}, route
                assert len(lines) <= 3, route
