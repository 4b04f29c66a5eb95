"""Which file a server takes where several share a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets.hub.stores.siblings import MAX_FILES, candidates, claim, owner_of

from .files import mode

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return tmp_path / "sprints.db"


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_first_file_is_tried_first_and_then_the_others(first: Path) -> None:
    found = names(candidates(first, "/home/alice"))

    assert found[:3] == ["sprints.db", "sprints-2.db", "sprints-3.db"]
    assert len(found) == MAX_FILES


def test_a_server_finds_its_file_again(first: Path) -> None:
    claim(first, "/a")
    claim(first.with_name("sprints-2.db"), "/b")

    assert names(candidates(first, "/a"))[0] == "sprints.db"
    assert names(candidates(first, "/b"))[:2] == ["sprints-2.db", "sprints.db"]


def test_the_first_file_is_for_any_server_that_runs_alone(first: Path) -> None:
    claim(first, "/a")

    assert names(candidates(first, "/c"))[0] == "sprints.db"


def test_another_file_of_another_server_is_left_alone(first: Path) -> None:
    claim(first.with_name("sprints-2.db"), "/b")

    assert "sprints-2.db" not in names(candidates(first, "/c"))


def test_the_first_file_names_the_folder_that_used_it_last(first: Path) -> None:
    claim(first, "/a")
    claim(first, "/c")

    assert owner_of(first) == "/c"
    assert names(candidates(first, "/a"))[0] == "sprints.db"


def test_the_owner_file_is_for_its_user_only(first: Path) -> None:
    claim(first, "/a")

    assert mode(first.with_name("sprints.db.owner")) == 0o600


def test_a_folder_may_have_any_name(first: Path) -> None:
    odd = "/a\udcff b\n\u00e4"
    claim(first.with_name("sprints-2.db"), odd)

    assert names(candidates(first, odd))[0] == "sprints-2.db"


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    first = tmp_path / "missing" / "sprints.db"
    claim(first, "/a")

    assert names(candidates(first, "/a"))[0] == "sprints.db"


def test_no_link_is_followed(first: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("/a")
    first.with_name("sprints-2.db.owner").symlink_to(target)

    claim(first.with_name("sprints-2.db"), "/b")

    assert target.read_text() == "/a"
    assert names(candidates(first, "/a"))[0] == "sprints.db"
