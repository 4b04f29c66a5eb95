"""The view as an ipywidget, and what a cell's output holds."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest

from realtime_widgets import InvalidSprintIdError, Sprint, SprintView, watch
from realtime_widgets.widgets import _sprint_view

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
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


def bundle(shown: Any) -> dict[str, Any]:
    data, _ = shown._repr_mimebundle_()
    return dict(data)


def test_without_a_server_a_cell_holds_the_snapshot_and_a_text(sprint_id: str) -> None:
    Sprint(sprint_id).log("loading data")

    data = bundle(watch(sprint_id))

    assert set(data) == {"text/plain", "text/html"}
    assert data["text/plain"] == f"watch({sprint_id!r})"
    assert "loading data" in data["text/html"]


def test_with_a_server_a_cell_holds_the_view_besides() -> None:
    data = bundle(watch("nightly", server=SERVER))

    assert set(data) == {WIDGET_VIEW, "text/plain", "text/html"}


def test_a_server_that_cannot_be_read_is_said_in_the_snapshot() -> None:
    html = bundle(watch("nightly", server=SERVER))["text/html"]

    assert "No snapshot: http://127.0.0.1:9/user/alice/ cannot be read" in html


def test_a_run_that_has_not_begun_is_said_in_the_snapshot(sprint_id: str) -> None:
    assert "Nothing has been published yet." in bundle(watch(sprint_id))["text/html"]


def test_a_sprint_shows_the_same_under_its_own_name(sprint_id: str) -> None:
    sprint = Sprint(sprint_id)
    sprint.log("loading data")

    data = bundle(sprint)

    assert data["text/plain"] == f"Sprint({sprint_id!r})"
    assert data["text/html"] == bundle(watch(sprint_id))["text/html"]


def test_a_sprint_has_one_view_however_often_it_is_shown() -> None:
    sprint = Sprint("nightly", server=SERVER)

    views = [bundle(sprint)[WIDGET_VIEW]["model_id"] for _ in range(2)]

    assert views[0] == views[1]


def test_a_sprint_without_a_server_makes_no_widget(sprint_id: str) -> None:
    bundle(Sprint(sprint_id))

    made = ipywidgets.widgets.widget._instances.values()  # noqa: SLF001 - there is no public list
    assert not [widget for widget in made if isinstance(widget, SprintView)]


def test_what_a_front_end_saves_is_the_run_and_what_it_reports() -> None:
    view = watch("nightly", height="30em", server=SERVER)

    own = {
        key: value
        for key, value in view.get_state().items()
        if not key.startswith("_") and key not in ipywidgets.DOMWidget().get_state()
    }

    assert own == {
        "sprint_id": "nightly",
        "height": "30em",
        "status": "",
        "connection": "",
        "last_seq": 0,
    }


def test_no_credential_or_address_is_in_anything_that_is_saved() -> None:
    view = watch("nightly", server=SERVER)
    state = {key: value for key, value in view.get_state().items() if key not in {"_esm", "_css"}}

    saved = json.dumps([state, bundle(view), repr(view)], default=str)

    assert SECRET not in saved
    assert "127.0.0.1" not in json.dumps(state, default=str)


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


def test_a_front_end_that_is_not_built_says_how_to_build_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "is_file", lambda _: False)

    with pytest.raises(FileNotFoundError, match="npm run build"):
        importlib.reload(_sprint_view)
