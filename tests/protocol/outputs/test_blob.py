"""Blobs: what an event may name, and what may be uploaded."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.outputs.blob import MAX_BLOB, check_blob, sha256_of
from realtime_widgets.protocol.validation import check_event

NAME = sha256_of(b"a")
BLOB = {"type": "image/png", "sha256": NAME, "bytes": 1}


def output(**blob: Any) -> dict[str, Any]:
    return {"type": "output", "data": {"text/plain": "a"}, "blob": {**BLOB, **blob}}


@pytest.mark.parametrize(
    "event",
    [
        output(),
        output(bytes=MAX_BLOB),
        {"type": "blob_upload", "sha256": NAME, "state": "done"},
        {"type": "blob_upload", "sha256": NAME, "state": "waiting", "message": "m" * 1_000},
    ],
)
def test_what_the_protocol_allows_is_taken(event: dict[str, Any]) -> None:
    check_event(event)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (output(type="text/javascript"), "blob.type"),
        (output(sha256=NAME.upper()), "blob.sha256"),
        (output(sha256=NAME + "0"), "blob.sha256"),
        (output(bytes=0), "blob.bytes"),
        (output(bytes=MAX_BLOB + 1), "blob.bytes"),
        (output(bytes="1"), "blob.bytes"),
        ({"type": "blob_upload", "sha256": "a", "state": "done"}, "sha256"),
        ({"type": "blob_upload", "sha256": NAME, "state": "lost"}, "state"),
        (
            {"type": "blob_upload", "sha256": NAME, "state": "done", "message": "m" * 1_001},
            "message",
        ),
    ],
)
def test_what_it_does_not_allow_is_refused_with_its_field(
    event: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEventError) as caught:
        check_event(event)
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["", "../a", NAME.upper(), sha256_of(b"b")])
def test_a_blob_has_the_name_of_its_bytes(name: str) -> None:
    check_blob(NAME, "image/png", b"a")
    with pytest.raises(InvalidEventError, match="SHA-256"):
        check_blob(name, "image/png", b"a")
