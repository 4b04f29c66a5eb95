"""`Sprint(on_end=...)`: a function that is called with the final status."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
from typing import Any

import pytest

from realtime_widgets import Sprint
from tests.client.reading import statuses


def made(sprint_id: str) -> tuple[Sprint, list[str]]:
    ends: list[str] = []
    return Sprint(sprint_id, on_end=ends.append), ends


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no"), "failed"), (KeyboardInterrupt(), "cancelled")]
)
def test_it_is_called_when_the_block_has_failed_or_was_interrupted(
    sprint_id: str, error: BaseException, status: str
) -> None:
    sprint, ends = made(sprint_id)

    with contextlib.suppress(ValueError, KeyboardInterrupt), sprint:
        raise error

    assert ends == [status]


def test_it_is_called_at_the_end_of_the_block_with_the_last_status(sprint_id: str) -> None:
    sprint, ends = made(sprint_id)

    with sprint:
        sprint.status("failed")
        assert ends == []
        sprint.status("succeeded")

    assert ends == ["succeeded"]


def test_it_is_called_after_the_last_of_nested_blocks(sprint_id: str) -> None:
    sprint, ends = made(sprint_id)

    with sprint:
        with sprint:
            pass
        assert ends == []

    assert ends == ["succeeded"]


def test_it_is_called_once_for_each_start_without_a_block(sprint_id: str) -> None:
    sprint, ends = made(sprint_id)

    sprint.status("failed")
    sprint.status("succeeded")
    assert ends == ["failed"]

    sprint.status("running")
    sprint.status("succeeded")
    assert ends == ["failed", "succeeded"]


def test_it_is_called_at_the_end_of_an_async_block(sprint_id: str) -> None:
    sprint, ends = made(sprint_id)

    async def main() -> None:
        async with sprint:
            pass

    asyncio.run(main())

    assert ends == ["succeeded"]


def test_an_exception_in_it_is_logged_and_loses_nothing(
    sprint_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    def on_end(_: str) -> None:
        raise RuntimeError("pager is down")

    with caplog.at_level(logging.ERROR, "realtime_widgets"), Sprint(sprint_id, on_end=on_end) as it:
        pass

    assert "on_end" in caplog.text
    assert "pager is down" in caplog.text
    assert statuses(it) == ["running", "succeeded"]


async def notify(_: str) -> None:
    raise AssertionError("it was awaited")


@pytest.mark.parametrize("wrong", ["notify", notify])
def test_what_cannot_be_called_or_would_have_to_be_awaited_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"on_end=.* it is a function"):
        Sprint("evaluation", on_end=wrong)


def test_a_pickled_copy_calls_nothing(sprint_id: str) -> None:
    sprint = Sprint(sprint_id, on_end=lambda _: pytest.fail("it was called"))

    copied = pickle.loads(pickle.dumps(sprint))  # noqa: S301 - of this test
    with copied:
        pass

    assert statuses(copied) == ["running", "succeeded"]
