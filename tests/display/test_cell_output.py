"""What a cell's output holds of a run."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import ipywidgets
import pytest

from realtime_widgets import Sprint, SprintView
from realtime_widgets.client import discovery
from realtime_widgets.display.bundle import MIME_TYPE
from tests.waiting import PATIENCE_S

SECRET = "s3cret"  # noqa: S105 - of no server
SERVER = f"http://127.0.0.1:9/user/alice/?token={SECRET}"


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in discovery.VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sprint_id(request: pytest.FixtureRequest) -> str:
    return "v-" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


def shown(sprint: Sprint) -> dict[str, Any]:
    return sprint._repr_mimebundle_()


def test_of_a_run_in_this_process_it_holds_the_snapshot(sprint_id: str) -> None:
    sprint = Sprint(sprint_id)
    sprint.log("loading data")

    output = shown(sprint)

    assert set(output) == {"text/plain", "text/html"}
    assert "loading data" in output["text/html"]
    assert "loading data" in output["text/plain"]


def test_of_a_run_on_a_server_it_names_the_run_besides_so_that_a_page_can_show_it_live() -> None:
    output = shown(Sprint("nightly", server=SERVER))

    assert output[MIME_TYPE] == {"sprint_id": "nightly", "height": "", "snapshot": False}


def test_an_output_of_a_run_that_has_not_begun_shows_that(sprint_id: str) -> None:
    output = shown(Sprint(sprint_id))

    words = "no such run · it is shown here as soon as it begins"
    assert "no such run" in output["text/html"]
    assert output["text/plain"] == f"Sprint {sprint_id} · {words}"


def test_an_output_of_a_mistyped_name_shows_similar_ones(sprint_id: str) -> None:
    there = Sprint(sprint_id)
    there.log("there")
    assert there.flush(PATIENCE_S) == 0

    output = shown(Sprint(f"{sprint_id}x"))

    assert f"similar names: '{sprint_id}'" in output["text/plain"]
    assert f"similar names: '{sprint_id}'" in output["text/html"]


def test_an_output_names_a_run_whose_name_differs_only_in_case(sprint_id: str) -> None:
    there = Sprint(sprint_id)
    there.log("there")
    assert there.flush(PATIENCE_S) == 0

    output = shown(Sprint(sprint_id.upper()))

    words = f"no such run · there is '{sprint_id}', whose name differs only in case"
    assert output["text/plain"] == f"Sprint {sprint_id.upper()} · {words}"


def test_an_output_without_a_readable_server_shows_neither_address_nor_secret() -> None:
    output = json.dumps(shown(Sprint("nightly", server=SERVER)))

    assert "no snapshot: the server cannot be read" in output
    for secret in (SECRET, "127.0.0.1", "alice"):
        assert secret not in output


def test_showing_a_run_on_a_server_makes_no_widget() -> None:
    shown(Sprint("nightly", server=SERVER))

    made = ipywidgets.widgets.widget._instances.values()  # noqa: SLF001 - there is no public list
    assert not [widget for widget in made if isinstance(widget, SprintView)]


def test_d9_marimo_shows_a_run_live_in_a_view_of_its_own_each_time(sprint_id: str) -> None:
    sprint = Sprint(sprint_id)

    views = [sprint._display_() for _ in range(2)]

    assert all(isinstance(view, SprintView) and view.sprint_id == sprint_id for view in views)
    assert views[0] is not views[1]


def test_d9_a_host_that_takes_html_shows_the_snapshot(sprint_id: str) -> None:
    sprint = Sprint(sprint_id)
    sprint.log("loading <data>")

    assert sprint._repr_html_() == shown(sprint)["text/html"]
    assert "loading &lt;data&gt;" in sprint._repr_html_()
