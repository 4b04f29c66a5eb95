"""What a session leaves behind holds no secret: the notebook, its exports, and the server's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest
from nbconvert.exporters import HTMLExporter, MarkdownExporter
from playwright.sync_api import expect

from .jupyter import Jupyter, evaluate, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Response

START = """
import http.client, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, force=True)
http.client.HTTPConnection.debuglevel = 1
from realtime_widgets import Sprint, follow, sprints, watch
sprint = Sprint("no-secrets")
sprint
"""

PUBLISH = """
logging.debug("The kernel logs everything.")
with sprint:
    for n in sprint.track(range(3), "train"):
        sprint.log(f"line {n}")
    with sprint.message("planner") as reply:
        reply.write("The plan is ready.")
sprint.flush()
"""

IN_A_LAYOUT = """
from ipywidgets import VBox
view = watch("no-secrets")
VBox([view])
"""

READ = """
list(follow("no-secrets", until_end=True)), sprints(), Sprint("another"), view
"""

STATES = (
    "__import__('json').dumps([w.get_state() for w in type(view).widgets.values()], default=str)"
)


class Session(NamedTuple):
    """What is left of a session, and what must not be in it."""

    notebook: Path
    widget_states: str
    log: str
    secrets: list[str]
    addresses: list[str]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Session]:
    """Run all cells, look at the view, and save."""
    folder = tmp_path_factory.mktemp("alice-at-home")
    with (
        Jupyter(folder, options=["--Application.log_level=DEBUG"]) as lab,
        browser.new_context() as context,
    ):
        page = context.new_page()
        tickets: list[Response] = []
        page.on("response", lambda r: tickets.append(r) if r.url.endswith("/ticket") else None)
        path = lab.notebook("session.ipynb", cells=[START, PUBLISH, IN_A_LAYOUT, READ])
        lab.run_all(lab.open(page, "session.ipynb"))
        view = page.locator(".jp-OutputArea .realtime-widgets").last
        view.get_by_role("tab", name="Log").click()
        expect(view).to_contain_text("line 2")
        save(page)

        # What goes wrong is logged with more of the request.
        for route in ("api/sprints/unknown", "sprints/unknown", "nowhere", "ws/sprints/unknown"):
            address = f"{lab.url}realtime/{route}?token={lab.token}"
            context.request.get(address, headers={"Referer": f"{lab.url}lab?token={lab.token}"})

        publish_token = evaluate(page, "__import__('os').environ['REALTIME_WIDGETS_TOKEN']")
        given = [ticket.json()["ticket"] for ticket in tickets]
        assert given, "the page asked for tickets"
        yield Session(
            notebook=path,
            widget_states=evaluate(page, STATES),
            log=(folder / "jupyter.log").read_text(),
            secrets=[lab.token, publish_token.strip("'"), *given],
            addresses=[urlsplit(lab.url).netloc, f":{urlsplit(lab.url).port}", str(folder)],
        )


def test_the_saved_notebook_holds_no_secret_no_address_and_no_folder(session: Session) -> None:
    saved = session.notebook.read_text()

    assert "The plan is ready." in saved
    assert found(saved, session.secrets + session.addresses) == []


def test_h1_a_kernel_that_logs_everything_into_its_cells_saves_no_secret(
    session: Session,
) -> None:
    saved = session.notebook.read_text()

    assert "DEBUG:root:The kernel logs everything." in saved
    assert found(saved, session.secrets + session.addresses) == []


@pytest.mark.long
@pytest.mark.parametrize("exporter", [HTMLExporter, MarkdownExporter])
def test_an_export_holds_no_secret_no_address_and_no_folder(
    session: Session, exporter: type[HTMLExporter | MarkdownExporter]
) -> None:
    exported, _ = exporter().from_filename(str(session.notebook))

    assert "The plan is ready." in exported
    assert found(exported, session.secrets + session.addresses) == []


def test_what_widgets_share_with_the_page_holds_no_secret_no_address_and_no_folder(
    session: Session,
) -> None:
    assert "no-secrets" in session.widget_states
    assert found(session.widget_states, session.secrets + session.addresses) == []


def test_the_log_of_the_server_holds_no_secret_even_where_it_logs_everything(
    session: Session,
) -> None:
    # Jupyter itself logs its settings then, and the token was given as one.
    lines = [line for line in session.log.splitlines() if "Config changed: " not in line]
    log = "\n".join(lines)

    for route in ("/ticket", "/ws/sprints/no-secrets", "/api/sprints/unknown", "/nowhere"):
        assert route in log
    assert found(log, session.secrets) == []


def found(text: str, unwanted: list[str]) -> list[str]:
    return [secret for secret in unwanted if secret in text]
