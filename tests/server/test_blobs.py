"""`sprints/{id}/blobs/{sha256}`: large values of outputs (protocol 10.6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.protocol.outputs.blob import MAX_BLOB, sha256_of

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Blobs = Callable[..., Awaitable[Any]]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
NAME = sha256_of(PNG)
TOO_LARGE = bytes(MAX_BLOB + 1)


@pytest.fixture
def blobs(jp_fetch: Any) -> Blobs:
    """Send a request for a blob of the run; an answer that is an error is returned, too."""

    async def send(name: str = NAME, **how: Any) -> Any:
        path = ("realtime", "api", "sprints", "run", "blobs", name)
        try:
            return await jp_fetch(*path, **how)
        except HTTPClientError as error:
            return error.response

    return send


@pytest.fixture
def run(jp_fetch: Any) -> Callable[[], Awaitable[None]]:
    async def publish() -> None:
        body = json.dumps({"type": "log", "message": "a"})
        await jp_fetch("realtime", "api", "sprints", "run", "events", method="POST", body=body)

    return publish


async def put(blobs: Blobs, body: bytes = PNG, name: str = NAME, kind: str = "image/png") -> Any:
    return await blobs(name, method="PUT", body=body, headers={"Content-Type": kind})


@on_both
async def test_a_blob_is_got_as_it_was_put_and_putting_it_again_changes_nothing(
    blobs: Blobs, run: Any
) -> None:
    await run()
    assert [(await put(blobs)).code, (await put(blobs)).code] == [204, 204]

    answer = await blobs()

    assert answer.body == PNG
    assert answer.headers["Content-Type"] == "image/png"


@on_both
async def test_a_browser_takes_it_for_nothing_else_and_keeps_it(blobs: Blobs, run: Any) -> None:
    await run()
    html = b"<script>alert(1)</script>"
    await put(blobs, html, sha256_of(html), "text/html")

    answer = await blobs(sha256_of(html))

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    tag = answer.headers["Etag"]
    known = await blobs(sha256_of(html), headers={"If-None-Match": tag})
    assert (known.code, known.body) == (304, b"")


@on_both
@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ((PNG, "a" * 64, "image/png"), (400, "bad_field", "sha256")),
        ((PNG, NAME.upper(), "image/png"), (400, "bad_field", "sha256")),
        ((PNG, NAME, "text/javascript"), (400, "bad_field", "Content-Type")),
        ((PNG, NAME, ""), (400, "bad_field", "Content-Type")),
        ((b"", sha256_of(b""), "image/png"), (413, "too_large", "body")),
        ((TOO_LARGE, sha256_of(TOO_LARGE), "image/png"), (413, "too_large", "body")),
    ],
    ids=["wrong hash", "upper case", "type", "no type", "empty", "too large"],
)
async def test_what_breaks_a_rule_is_refused_with_the_field(
    blobs: Blobs, run: Any, sent: tuple[bytes, str, str], error: tuple[int, str, str]
) -> None:
    await run()
    answer = await put(blobs, *sent)
    found = json.loads(answer.body)
    assert (answer.code, found["code"], found["field"]) == error


@on_both
async def test_a_run_that_has_not_begun_and_an_unknown_name_are_not_found(
    blobs: Blobs, run: Any
) -> None:
    before = await put(blobs)
    await run()
    unknown = await blobs("f" * 64)

    assert [(each.code, json.loads(each.body)["code"]) for each in (before, unknown)] == [
        (404, "unknown_sprint"),
        (404, "unknown_blob"),
    ]


@on_both
async def test_the_largest_blob_is_stored(blobs: Blobs, run: Any) -> None:
    await run()
    body = bytes(MAX_BLOB)
    assert (await put(blobs, body, sha256_of(body))).code == 204
    assert len((await blobs(sha256_of(body))).body) == MAX_BLOB


@on_both
async def test_a_blob_is_gone_when_its_run_is_deleted(
    blobs: Blobs, run: Any, jp_fetch: Any
) -> None:
    await run()
    await put(blobs)
    await jp_fetch("realtime", "api", "sprints", "run", method="DELETE")
    await run()
    assert (await blobs()).code == 404
