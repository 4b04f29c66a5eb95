"""Addresses that no client of the project requests: undecodable, or with control characters.

They are those of the tests of the Jupyter server.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from realtime_widgets.service.routes import ROUTES
from tests.asgi_server import BASE_URL, TOKEN, serving
from tests.server.test_strange_addresses import (
    ARGUMENTS,
    STRANGE,
    SUBPROTOCOL,
    UNDECODABLE,
    UPGRADE,
)
from tests.server.test_strange_addresses import ROUTES as ADDRESSES

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [*UNDECODABLE, *STRANGE]

LOGGED_IN = {"Authorization": f"Bearer {TOKEN}"}


def test_l14_every_route_of_an_app_is_requested() -> None:
    tested = {address.removeprefix("realtime/api/") for address in ADDRESSES}

    assert {re.sub(r"{\w+}", "{}", route) for route in ROUTES} <= tested


@pytest.mark.parametrize("headers", [LOGGED_IN, {}], ids=["logged in", "no login"])
async def test_l14_a_strange_address_is_refused_without_a_word_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, headers: dict[str, str]
) -> None:
    paths = [route.replace("{}", part) for route in ADDRESSES if "{}" in route for part in PARTS]
    # A token in the query is not read beside that of the header.
    arguments = [route for route in ARGUMENTS if "token=" not in route]
    queries = [route.replace("{}", part) for route in arguments for part in UNDECODABLE]
    ways = [("GET", {}), ("POST", {}), ("DELETE", {}), ("GET", UPGRADE | SUBPROTOCOL)]
    codes: dict[str, int] = {}
    async with serving(tmp_path) as server:
        for path in [*paths, *queries]:
            for method, more in ways if path in paths else ways[:1]:
                request = HTTPRequest(
                    f"http://127.0.0.1:{server.port}{BASE_URL}{path}",
                    method=method,
                    body="" if method == "POST" else None,
                    headers=headers | more,
                    follow_redirects=False,
                )
                answer = await AsyncHTTPClient().fetch(request, raise_error=False)
                codes[f"{method} {path}"] = answer.code

    assert {path: code for path, code in codes.items() if code not in range(400, 500)} == {}
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
