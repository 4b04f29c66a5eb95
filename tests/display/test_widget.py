"""The view as an ipywidget."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets
import pytest

from realtime_widgets import InvalidSprintIdError, watch
from realtime_widgets.display import widget

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cret"  # noqa: S105 - of no server
SERVER = f"http://127.0.0.1:9/user/alice/?token={SECRET}"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REALTIME_WIDGETS_URL", "REALTIME_WIDGETS_TOKEN", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_widgets_left() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


@pytest.fixture
def sprint_id(request: pytest.FixtureRequest) -> str:
    return "v-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


def test_what_a_front_end_saves_is_the_run_and_what_it_reports() -> None:
    view = watch("nightly", height="30em", server=SERVER)

    own = {
        key: value
        for key, value in view.get_state().items()
        if not key.startswith("_") and key not in ipywidgets.DOMWidget().get_state()
    }

    assert own.pop("key")
    assert own == {
        "sprint_id": "nightly",
        "height": "30em",
        "link": "server",
        "status": "",
        "connection": "",
        "last_seq": 0,
    }


def test_no_credential_or_address_is_in_what_a_front_end_saves() -> None:
    view = watch("nightly", server=SERVER)
    state = {key: value for key, value in view.get_state().items() if key not in {"_esm", "_css"}}

    saved = json.dumps([state, view.bundle(), repr(view)], default=str)

    assert SECRET not in saved
    assert "127.0.0.1" not in saved


def test_it_is_an_ordinary_widget(sprint_id: str) -> None:
    view = watch(sprint_id)
    seen: list[str] = []
    view.observe(lambda change: seen.append(change["new"]), "status")

    box = ipywidgets.VBox([view])
    view.set_state({"status": "running", "last_seq": 7})

    assert box.children == (view,)
    assert seen == ["running"]
    assert view.last_seq == 7


def test_a_wrong_sprint_id_is_refused() -> None:
    with pytest.raises(InvalidSprintIdError):
        watch("no such id")


def test_a_wrong_sprint_id_is_refused_later_too_and_changes_nothing(sprint_id: str) -> None:
    view = watch(sprint_id)

    with pytest.raises(InvalidSprintIdError):
        view.sprint_id = "../other"

    assert view.sprint_id == sprint_id


def test_a_front_end_that_is_not_built_is_an_error_with_the_command_that_builds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)

    with pytest.raises(FileNotFoundError, match="npm run build"):
        importlib.reload(widget)
