"""Groups of log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.client.reading import published

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def messages(sprint: Sprint) -> list[str]:
    return [event["message"] for event in published(sprint)]


def test_the_lines_of_a_block_are_between_the_two_lines_of_its_group(sprint: Sprint) -> None:
    with sprint.group("install"):
        sprint.log("numpy 2.3")
        with sprint.group("check"):
            sprint.log("ok")

    assert messages(sprint) == [
        "::group::install",
        "numpy 2.3",
        "::group::check",
        "ok",
        "::endgroup::",
        "::endgroup::",
    ]


def test_a_group_ends_when_its_block_fails(sprint: Sprint) -> None:
    with pytest.raises(RuntimeError), sprint.group("install"):
        raise RuntimeError

    assert messages(sprint) == ["::group::install", "::endgroup::"]


def test_a_title_is_one_line(sprint: Sprint) -> None:
    with sprint.group("install\nand  check"):
        pass

    assert messages(sprint)[0] == "::group::install and check"
