"""Limits on the number of connections."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

from realtime_widgets.service import Admission, Holder

if TYPE_CHECKING:
    import pytest

PAGE = Holder("alice", is_page=True)
OTHER_PAGE = Holder("bob", is_page=True)
PROGRAM = Holder(None, is_page=False)
KERNEL = Holder("kernel", is_page=False, has_limit=False)


def admission(total: int = 100, user: int = 100, sprint: int = 100) -> Admission:
    return Admission(max_total=total, max_per_user=user, max_per_sprint=sprint)


def open_until_full(admission: Admission, holder: Holder, sprint_id: str = "run") -> int:
    count = 0
    while not admission.is_full(sprint_id, holder):
        admission.opened(sprint_id, holder)
        count += 1
    return count


def test_pages_may_use_all_connections() -> None:
    assert open_until_full(admission(total=8), PAGE) == 8


def test_a_quarter_of_all_connections_is_reserved_for_pages() -> None:
    counts = admission(total=8)

    assert open_until_full(counts, PROGRAM) == 6
    assert open_until_full(counts, PAGE) == 2


def test_a_quarter_of_the_connections_of_each_run_is_reserved_for_pages() -> None:
    counts = admission(sprint=4)

    assert open_until_full(counts, PROGRAM) == 3
    assert open_until_full(counts, PROGRAM, "other") == 3
    assert open_until_full(counts, PAGE) == 1


def test_the_limit_per_user_does_not_concern_other_users() -> None:
    counts = admission(user=3)

    assert open_until_full(counts, PAGE) == 3
    assert not counts.is_full("run", OTHER_PAGE)


def test_a_holder_without_a_limit_is_not_counted_as_a_user() -> None:
    assert open_until_full(admission(total=8, user=1), KERNEL) == 6


def test_a_closed_connection_makes_place_for_another() -> None:
    counts = admission(total=4)
    open_until_full(counts, PROGRAM)
    open_until_full(counts, PAGE)

    counts.closed("run", PROGRAM)

    assert not counts.is_full("run", PROGRAM)
    counts.opened("run", PROGRAM)
    assert counts.is_full("run", PAGE)


def test_connections_use_a_share_of_the_file_descriptors_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, 10))

    assert open_until_full(admission(), PAGE) == 6
