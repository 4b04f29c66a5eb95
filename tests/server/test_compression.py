"""Compressed answers of the REST routes, from a real server."""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Ask = Callable[..., Awaitable[Any]]
    Publish = Callable[[], Awaitable[None]]

PUBLISHER_ID = "0123456789abcdef" * 2
NDJSON = "application/x-ndjson"
ROUTES = [("sprints",), ("sprints", "run"), ("sprints", "run", "events")]
PACKED = (
    "gzip",
    "GZip;Q=0.5",
    "x-gzip",
    "br;q=1.0, gzip; q=0.8, *;q=0.1",
    "*",
    "gzip, identity",
    "gzip;q=1.0, identity;q=0.5, *;q=0",
    "identity;q=0, gzip;q=0.001",
)
PLAIN = (
    "",
    "identity",
    "br",
    "gzip;q=0",
    "gzip;q=0.0, *",
    "*;q=0",
    "gzip;q=0.5, identity",
    "gzip;q=0.5, *;q=0.8",
    "gzip;q=high",
    "gzip;q=nan",
    "gzip;q=-1",
    "gzipped",
    ";,=;;q=1,,",
)


@pytest.fixture
def ask(jp_fetch: Any) -> Ask:
    """Send a GET request, and return the answer as it was sent."""

    async def fetch(*parts: str, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await jp_fetch(
            *("realtime", "api", *parts),
            headers=named,
            raise_error=False,
            decompress_response=False,
        )

    return fetch


@pytest.fixture
def publish(connect: Any) -> Publish:
    """Publish lines, and tasks enough for a state of more than 1 KiB."""

    async def publish_run() -> None:
        publisher = await connect()
        await publisher.hello(publish={"publisher_id": PUBLISHER_ID})
        tasks = [{"type": "build_progress", "task": f"task {n}", "current": n} for n in range(20)]
        lines = [{"type": "log", "message": f"step {n}: loss ε = 0.{n}"} for n in range(200)]
        for first_n, events in ((1, tasks), (21, lines)):
            assert (await publisher.publish(first_n, *events))["type"] == "ack"

    return publish_run


@on_both
async def test_a_compressed_answer_has_the_content_of_the_plain_one(
    ask: Ask, publish: Publish
) -> None:
    await publish()

    for parts, accept in product(ROUTES, ["application/json", NDJSON]):
        plain = await ask(*parts, Accept=accept)
        packed = await ask(*parts, Accept=accept, Accept_Encoding="gzip, deflate, br, zstd")

        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 3
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        for answer in (plain, packed):
            assert answer.headers["Content-Length"] == str(len(answer.body))
            assert answer.headers["Vary"] == "Accept-Encoding"
        for header in ("Content-Type", "Etag", "Link"):
            assert packed.headers.get(header) == plain.headers.get(header)


@on_both
async def test_an_answer_is_compressed_where_the_client_prefers_gzip(
    ask: Ask, publish: Publish
) -> None:
    await publish()
    is_packed = {}

    for accept_encoding in (*PACKED, *PLAIN):
        answer = await ask("sprints", "run", "events", Accept_Encoding=accept_encoding)
        is_packed[accept_encoding] = answer.headers.get("Content-Encoding") == "gzip"
        assert answer.body.startswith(b"\x1f\x8b" if is_packed[accept_encoding] else b"{")

    assert is_packed == {**dict.fromkeys(PACKED, True), **dict.fromkeys(PLAIN, False)}


@on_both
async def test_a_short_answer_stays_plain(ask: Ask, extension: Any) -> None:
    await extension.started()
    await extension.hub.broadcast("run", {"type": "log", "message": "the only line"})

    answers = [await ask(*parts, Accept_Encoding="gzip") for parts in [*ROUTES, ("health",)]]

    assert [answer.code for answer in answers] == [200] * 4
    assert not any("Content-Encoding" in answer.headers for answer in answers)
    assert all(json.loads(answer.body) for answer in answers)


@on_both
async def test_an_etag_is_good_for_the_plain_and_the_compressed_answer(
    ask: Ask, publish: Publish
) -> None:
    await publish()

    for parts, first, second in product(ROUTES[:2], ["gzip", "identity"], ["gzip", "identity"]):
        tag = (await ask(*parts, Accept_Encoding=first)).headers["Etag"]
        again = await ask(*parts, Accept_Encoding=second, If_None_Match=tag)
        other = await ask(*parts, Accept_Encoding=second, If_None_Match='W/"other"')

        assert tag.startswith('W/"')
        assert (again.code, again.body) == (304, b"")
        assert (again.headers["Etag"], again.headers["Vary"]) == (tag, "Accept-Encoding")
        assert "Content-Encoding" not in again.headers
        assert other.code == 200


@on_both
async def test_neither_errors_nor_tickets_are_compressed(
    ask: Ask, publish: Publish, jp_fetch: Any
) -> None:
    await publish()
    unknown = await ask("sprints", "unknown", Accept_Encoding="gzip")
    ticket = await jp_fetch(
        *("realtime", "api", "sprints", "run", "ticket"),
        method="POST",
        body="",
        headers={"Accept-Encoding": "gzip"},
        decompress_response=False,
    )

    assert json.loads(unknown.body)["code"] == "unknown_sprint"
    assert json.loads(ticket.body)["ticket"]
    for answer in (unknown, ticket):
        assert "Content-Encoding" not in answer.headers


@on_both
async def test_the_server_answers_others_while_it_compresses(
    ask: Ask, publish: Publish, extension: Any
) -> None:
    await publish()
    async with extension.service.compressing:
        waiting = asyncio.ensure_future(ask("sprints", "run", "events", Accept_Encoding="gzip"))
        await ask("sprints", "run", "events")
        plain = await ask("health")
        assert not waiting.done()

    assert plain.code == 200
    assert (await waiting).code == 200
