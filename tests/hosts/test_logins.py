"""However a server lets people in, its pages show runs, and scripts publish with its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jupyter_server.auth import passwd
from playwright.sync_api import expect

from realtime_widgets import Sprint, doctor
from tests.serving import SECRET, jupyter
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

FOR_SCRIPTS = "for-scripts-only"
NO_TOKEN = ("--IdentityProvider.token=", f"--RealtimeWidgets.publish_token={FOR_SCRIPTS}")
PASSWORD = f"--PasswordIdentityProvider.hashed_password={passwd(SECRET, 'sha1')}"
NO_PASSWORD = "--PasswordIdentityProvider.hashed_password="  # noqa: S105 - none


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((*NO_TOKEN, PASSWORD, "--ServerApp.base_url=/user/a%40b/"), id="password"),
        pytest.param((*NO_TOKEN, NO_PASSWORD), id="no login"),
    ],
)
def test_a_page_shows_what_a_script_publishes(
    options: tuple[str, ...], tmp_path: Path, page: Page, capsys: pytest.CaptureFixture[str]
) -> None:
    with jupyter(tmp_path, *options) as server:
        argument = f"{server.url}?token={FOR_SCRIPTS}"
        with Sprint("from-a-script", server=argument) as sprint:
            sprint.log("a line for everybody")
        assert sprint.close(PATIENCE_S) == 0
        doctor(server=argument)
        assert "All is well." in capsys.readouterr().out

        page.goto(f"{server.url}realtime/sprints/from-a-script")
        if PASSWORD in options:
            page.locator("input[type=password]").fill(SECRET)
            page.keyboard.press("Enter")

        expect(page.locator("body")).to_contain_text("a line for everybody")
        expect(page.locator("body")).to_contain_text("Connected")
