"""How blobs are uploaded: after their events, again after a failure, and never more than wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from realtime_widgets.client.discovery import discover
from realtime_widgets.client.in_process import InProcess
from realtime_widgets.client.publishing.outbox import uploads
from realtime_widgets.errors import InvalidEventError, ServerNotFoundError, StoreFullError
from realtime_widgets.protocol.codes import ErrorCode
from tests.client.reading import published, state
from tests.waiting import PATIENCE_S, wait_until

# ruff: noqa: SLF001 - there is no public way to count what waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets import Sprint
    from realtime_widgets.client.large_value import LargeValue


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Exception]]:
    """Make the first attempts to upload fail with these errors, which are taken from the list."""
    put_blob = InProcess.put_blob

    def fail_with(*errors: Exception) -> list[Exception]:
        left = list(errors)

        async def failing(self: InProcess, sprint_id: str, value: LargeValue) -> None:
            if left:
                raise left.pop(0)
            await put_blob(self, sprint_id, value)

        monkeypatch.setattr(InProcess, "put_blob", failing)
        return left

    return fail_with


def noise(seed: int = 300) -> Image.Image:
    return Image.effect_noise((seed, 400), 100).convert("RGB")


def blob_of(sprint: Sprint, name: str) -> bytes | None:
    """The blob of an output, as the hub has it."""
    [output] = [each for each in state(sprint)["outputs"] if each["name"] == name]
    return discover().blob(sprint.sprint_id, output["blob"]["sha256"], timeout=PATIENCE_S)


def reports(sprint: Sprint) -> list[tuple[str, Any]]:
    return [
        (event["state"], event.get("message"))
        for event in published(sprint)
        if event["type"] == "blob_upload"
    ]


def test_a_flush_waits_for_what_was_shown(sprint: Sprint) -> None:
    sprint.show(noise(), name="noise")
    assert sprint.flush() == 0

    [output] = [event for event in published(sprint) if event["type"] == "output"]
    data = blob_of(sprint, "noise")
    assert data is not None
    assert len(data) == output["blob"]["bytes"] > 98_304
    assert list(output["data"]) == ["image/jpeg", "text/plain"]
    assert reports(sprint) == []


def test_an_upload_that_fails_is_tried_again_and_the_run_reports_it(
    sprint: Sprint, fail: Callable[..., list[Exception]]
) -> None:
    left = fail(ServerNotFoundError("s", "no route"), StoreFullError("no room"))
    sprint.show(noise(), name="noise")
    wait_until(lambda: not left and sprint._outbox.uploads.left == 0, "it is uploaded")

    assert reports(sprint) == [("waiting", "no route"), ("done", None)]
    assert blob_of(sprint, "noise")
    assert state(sprint)["outputs"][0]["upload"] is None


@pytest.mark.parametrize(
    "error",
    [
        InvalidEventError(ErrorCode.BAD_FIELD, "never"),
        ServerNotFoundError("s", "never", "not_installed"),
    ],
    ids=["a rule", "an older server"],
)
def test_an_upload_that_is_refused_for_good_is_not_tried_again(
    sprint: Sprint, fail: Callable[..., list[Exception]], error: Exception
) -> None:
    fail(error)
    sprint.show(noise(), name="first")
    sprint.show(noise(301), name="second")

    assert reports(sprint) == [("refused", "never")]
    assert (blob_of(sprint, "first"), bool(blob_of(sprint, "second"))) == (None, True)
    assert state(sprint)["outputs"][0]["upload"] == {"state": "refused", "message": "never"}


def test_a_flush_does_not_wait_for_an_upload_that_has_failed(
    sprint: Sprint, fail: Callable[..., list[Exception]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads.Backoff, "next_delay", lambda _: PATIENCE_S)
    fail(StoreFullError("no room"))
    sprint.show(noise(), name="noise")

    assert sprint.flush() == 0
    assert sprint._outbox.uploads.left == 1
    assert "1 blobs" in sprint._outbox.new_losses()
    assert sprint._outbox.new_losses() == ""


def test_beyond_what_may_wait_the_oldest_is_dropped_and_the_run_reports_it(
    sprint: Sprint, fail: Callable[..., list[Exception]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_WAITING", 1_000_000)
    monkeypatch.setattr(uploads.Backoff, "next_delay", lambda _: PATIENCE_S)
    fail(StoreFullError("no room"))
    sprint.show(noise(), name="failing")
    assert sprint.flush() == 0

    for number in range(4):
        sprint.show(noise(301 + number), name=f"waiting {number}")

    assert reports(sprint)[1:] == [("refused", "more than 1,000,000 bytes waited to be uploaded")]
    assert [bool(each["upload"]) for each in state(sprint)["outputs"]] == [
        True,
        True,
        False,
        False,
        False,
    ]
