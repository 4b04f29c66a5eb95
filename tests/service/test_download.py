"""The log of a run as a file, without a web framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import PositionLostError
from realtime_widgets.service import ApiError, download
from realtime_widgets.service.download import begin_download

from .conftest import serving

if TYPE_CHECKING:
    from realtime_widgets.service import Service


async def file_of(service: Service, kind: str) -> str:
    begun = await begin_download(service, "run", {"format": kind})
    return b"".join([piece async for piece in begun.pieces()]).decode()


async def publish_lines(service: Service, count: int) -> None:
    for n in range(count):
        await service.hub.broadcast("run", {"type": "log", "message": f"line {n}", "time": 0.5})


async def test_the_text_has_each_line_as_a_view_shows_it_and_each_status() -> None:
    async with serving() as service:
        for event in (
            {"type": "status_update", "status": "running", "time": 0},
            {"type": "log", "message": "\x1b[31mbad\x1b[0m\nworse", "level": "error", "time": 1.5},
            {"type": "log", "message": "a", "source": "loader", "time": 2},
            {"type": "build_progress", "task": "t", "current": 1},
            {"type": "status_update", "status": "failed", "message": "ValueError", "time": 3},
        ):
            await service.hub.broadcast("run", event)

        text = await file_of(service, "text")

    assert text.splitlines() == [
        "1970-01-01T00:00:00.000Z STATUS running",
        "1970-01-01T00:00:01.500Z ERROR bad",
        "worse",
        "1970-01-01T00:00:02.000Z INFO loader a",
        "1970-01-01T00:00:03.000Z STATUS failed ValueError",
    ]


@pytest.mark.parametrize("page", [1, 3, 500])
async def test_all_events_are_in_the_file_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(download, "PAGE_EVENTS", page)
    async with serving() as service:
        await publish_lines(service, 7)

        events = [json.loads(line) for line in (await file_of(service, "ndjson")).splitlines()]

    assert [event["seq"] for event in events] == list(range(1, 8))
    assert [event["message"] for event in events] == [f"line {n}" for n in range(7)]


async def test_what_comes_after_the_start_is_not_in_the_file() -> None:
    async with serving() as service:
        await publish_lines(service, 2)
        begun = await begin_download(service, "run", {})
        await publish_lines(service, 2)

        text = b"".join([piece async for piece in begun.pieces()])

    assert len(text.splitlines()) == 2
    assert begun.file_name == "run.log"


async def test_a_log_that_was_replaced_meanwhile_is_no_part_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "PAGE_EVENTS", 1)
    async with serving() as service:
        await publish_lines(service, 3)
        pieces = (await begin_download(service, "run", {})).pieces()
        await anext(pieces)
        await service.hub.remove("run")
        await publish_lines(service, 3)

        with pytest.raises(PositionLostError):
            await anext(pieces)


@pytest.mark.parametrize(
    ("run", "arguments", "status", "words"),
    [
        ("run", {"format": "pdf"}, 400, "text or ndjson"),
        ("none", {}, 404, "nothing was published"),
        ("no name", {}, 400, "64"),
    ],
)
async def test_a_file_that_cannot_be_is_refused(
    run: str, arguments: dict[str, str], status: int, words: str
) -> None:
    async with serving() as service:
        await publish_lines(service, 1)

        with pytest.raises(ApiError, match=words) as refused:
            await begin_download(service, run, arguments)

    assert refused.value.status == status
