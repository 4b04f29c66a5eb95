"""Where a damaged file goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from realtime_widgets.hub.stores.sqlite.quarantine import move_aside

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)


def content(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir()}


def test_a_file_keeps_its_companions(tmp_path: Path) -> None:
    for name in ("sprints.db", "sprints.db-wal", "sprints.db-shm", "sprints.db.lock"):
        (tmp_path / name).write_text(name)

    aside = move_aside(tmp_path / "sprints.db", NOW)

    assert aside == tmp_path / "sprints.db.damaged-20261123T021500Z"
    assert content(tmp_path) == {
        "sprints.db.damaged-20261123T021500Z": "sprints.db",
        "sprints.db.damaged-20261123T021500Z-wal": "sprints.db-wal",
        "sprints.db.damaged-20261123T021500Z-shm": "sprints.db-shm",
        "sprints.db.lock": "sprints.db.lock",
    }


def test_what_was_put_aside_before_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "sprints.db"
    for number in range(3):
        path.write_text(f"{number}")
        move_aside(path, NOW)
    (tmp_path / "sprints.db.damaged-20261123T021500Z-4-wal").write_text("another file")
    path.write_text("3")
    move_aside(path, NOW)

    assert content(tmp_path) == {
        "sprints.db.damaged-20261123T021500Z": "0",
        "sprints.db.damaged-20261123T021500Z-2": "1",
        "sprints.db.damaged-20261123T021500Z-3": "2",
        "sprints.db.damaged-20261123T021500Z-4-wal": "another file",
        "sprints.db.damaged-20261123T021500Z-5": "3",
    }
