"""The log of a run as a file over HTTP, from a real server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.service import download, routes, slots

from .conftest import on_both

if TYPE_CHECKING:
    from realtime_widgets_server import RealtimeWidgets

ROUTE = ("realtime", "api", "sprints", "run", "download")


async def publish(extension: RealtimeWidgets, *lines: str) -> None:
    await extension.started()
    for line in lines:
        await extension.hub.broadcast("run", {"type": "log", "message": line})


@on_both
@pytest.mark.parametrize(
    ("kind", "name", "content_type"),
    [("text", "run.log", "text/plain; charset=utf-8"), ("ndjson", "run.ndjson", "application/x-")],
)
async def test_the_whole_log_is_sent_as_a_file_to_save(  # noqa: PLR0913, PLR0917 - fixtures
    jp_fetch: Any,
    extension: RealtimeWidgets,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    name: str,
    content_type: str,
) -> None:
    monkeypatch.setattr(download, "PAGE_EVENTS", 2)
    monkeypatch.setattr(routes, "PIECE_BYTES", 7)
    lines = [f"line {n} é" for n in range(5)]
    await publish(extension, *lines)

    answer = await jp_fetch(*ROUTE, params={"format": kind})

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Content-Type"].startswith(content_type)
    assert answer.headers["Cache-Control"] == "no-store"
    got = answer.body.decode().splitlines()
    messages = [json.loads(line)["message"] if kind == "ndjson" else line for line in got]
    assert [message[-len("line 0 é") :] for message in messages] == lines


@on_both
async def test_a_file_that_cannot_be_is_refused_with_the_field(
    jp_fetch: Any, extension: RealtimeWidgets
) -> None:
    await publish(extension, "x")

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(*ROUTE, params={"format": "pdf"})

    body = json.loads(refused.value.response.body)
    assert (refused.value.code, body["code"], body["field"]) == (400, "bad_field", "format")


@on_both
async def test_a_download_too_many_is_asked_to_come_later(
    jp_fetch: Any, extension: RealtimeWidgets, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(extension, "x")
    monkeypatch.setattr(slots, "WAIT_S", 0.0)
    monkeypatch.setattr(slots, "AT_ONCE", 0)

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch(*ROUTE)

    assert json.loads(refused.value.response.body)["code"] == "too_many_downloads"
