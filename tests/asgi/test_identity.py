"""The functions of the application that find users and their rights, and their failures."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.asgi import User, identity
from realtime_widgets.asgi.identity import Identity, allow_all
from realtime_widgets.service import ApiError
from tests.asgi_server import TOKEN, serving

from .clients import BEARER, client, refusal, viewer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = "/a@b/realtime/ws/sprints/run"


def raises(*_: object) -> Any:
    raise KeyError("opens-the-app")


async def hangs(*_: object) -> Any:
    await asyncio.Event().wait()


async def returns_text(*_: object) -> Any:
    return "yes"


@pytest.mark.parametrize(
    ("function", "status", "logged"),
    [
        (raises, 500, "`authenticate` failed"),
        (hangs, 503, "`authenticate` took longer than"),
        (returns_text, 500, "`authenticate` returned str; it has to return a"),
    ],
)
async def test_an_authenticate_that_fails_refuses_each_request_and_is_logged(  # noqa: PLR0913, PLR0917 - fixtures
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    function: Callable[..., Any],
    status: int,
    logged: str,
) -> None:
    monkeypatch.setattr(identity, "IDENTITY_S", 0.01)
    async with serving(tmp_path, authenticate=function) as server:
        async with client(server.port, **BEARER) as requests:
            answers = [await requests.get(path) for path in ("api/sprints", "api/health")]
            answers.append(await requests.post("api/sprints/run/ticket"))
        refused = await refusal(server.port, RUN)
        with_token = await refusal(server.port, RUN, **BEARER)

    expected = (status, "authentication_failed")
    assert [(each.status_code, each.json()["code"]) for each in answers] == [expected] * 3
    assert (refused, with_token) == (expected, expected)
    assert "KeyError" not in answers[0].text
    assert logged in caplog.text


async def test_a_refresh_that_returns_no_user_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    checked = Identity(raises, allow_all, (), refresh=returns_text)

    with pytest.raises(ApiError, match="the login cannot be checked"):
        await checked.refreshed(User("ana"))

    assert "`refresh` returned str; it has to return a realtime_widgets.asgi.User" in caplog.text
    assert "`authenticate`" not in caplog.text


@pytest.mark.parametrize(("function", "status"), [(raises, 500), (hangs, 503), (returns_text, 403)])
async def test_an_authorize_that_does_not_return_true_refuses_each_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], status: int
) -> None:
    monkeypatch.setattr(identity, "IDENTITY_S", 0.01)
    async with serving(tmp_path, authorize=function) as server:
        async with client(server.port, **BEARER) as requests:
            assert (await requests.get("api/sprints/run")).status_code == status
        assert (await refusal(server.port, RUN, **BEARER))[0] == status


def test_the_name_that_is_stored_with_events_is_bounded() -> None:
    assert User("a", "x" * 300).shown_name == "x" * 256
    assert User("a").shown_name == "a"


async def test_no_token_reaches_the_log_not_even_that_of_the_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """uvicorn logs the URL of each request and WebSocket, with its query."""
    caplog.set_level("INFO", "uvicorn")
    async with serving(tmp_path) as server:
        await refusal(server.port, f"{RUN}?token=secret-of-alice&since=0", subprotocols=())
        await refusal(server.port, f"{RUN}?token=secret-of-alice&x=%ff", subprotocols=())
        async with viewer(server.port, f"{RUN}?token={TOKEN}", subprotocols=()):
            pass
        async with client(server.port) as requests:
            await requests.get("api/sprints", params={"token": TOKEN})
            await requests.get("api/nothing", params={"token": "secret-of-alice"})

    logged = [record.getMessage() for record in caplog.records if "uvicorn" in record.name]
    assert len([line for line in logged if "token=***" in line]) >= 3
    assert not re.search(f"secret-of-alice|{TOKEN}", "".join(logged))
