"""The settings of the JupyterHub service, and what it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from realtime_widgets_jupyterhub.service import NOT_A_SERVICE, HubService
from tests.asgi_server import uvicorn_of

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = [
    "api/kernels",
    "api/sessions",
    "api/contents",
    "api/contents/notebook.ipynb",
    "api/terminals",
    "api/kernelspecs",
    "api/status",
    "api/shutdown",
    "files/notebook.ipynb",
    "terminals/websocket/1",
    "lab",
    "tree",
    "nbconvert/html/notebook.ipynb",
]


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those of a service, whose Hub does not answer."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "API_TOKEN": "secret",
        "API_URL": "http://127.0.0.1:9/hub/api",
        "CLIENT_ID": "service-realtime",
        "SERVICE_NAME": "realtime",
        "SERVICE_PREFIX": "/services/realtime/",
        "SERVICE_URL": "http://127.0.0.1:9000",
    }.items():
        monkeypatch.setenv(f"JUPYTERHUB_{name}", value)


def service(*arguments: str) -> HubService:
    made = HubService()
    made.initialize(["--HubService.store=memory", *arguments])
    return made


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_it_serves_nothing_of_kernels_files_and_terminals(method: str) -> None:
    import httpx

    async with (
        uvicorn_of(service().make_app()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as requests,
    ):
        answers = [
            await requests.request(method, f"/services/realtime/{prefix}{path}")
            for path in ELSEWHERE
            for prefix in ("", "realtime/")
        ]

    # A page leads to the login first.
    assert {answer.status_code for answer in answers} <= {302, 404, 405}


async def test_what_needs_a_login_leads_to_the_hub_or_is_refused() -> None:
    import httpx

    async with (
        uvicorn_of(service().make_app()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as requests,
    ):
        page = await requests.get("/services/realtime/sprints/run")
        answers = [
            await requests.get("/services/realtime/api/sprints"),
            await requests.post("/services/realtime/api/sprints/run/ticket"),
            await requests.get("/services/realtime/oauth_callback?code=x&state=y"),
        ]
        health = await requests.get("/services/realtime/api/health")

    assert page.status_code == 302
    assert page.headers["Location"].startswith("/hub/api/oauth2/authorize?client_id=service-")
    assert [answer.status_code for answer in answers] == [401, 401, 403]
    assert health.json() == {"status": "ok"}


def test_settings_come_from_the_file_and_the_command_line_overrides_them(tmp_path: Path) -> None:
    (tmp_path / "realtime_widgets_hub_config.py").write_text(
        "c.HubService.recheck_s = 7\nc.HubService.default_viewers = ['group:lab']\n"
    )

    made = service("--HubService.recheck_s=9")

    assert made.recheck_s == 9
    assert made.default_viewers == ["group:lab"]


def test_a_name_that_can_be_none_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="viewers"):
        service("--HubService.default_viewers=group:").make_app()


def test_it_prints_what_is_missing_where_no_hub_has_started_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("JUPYTERHUB_SERVICE_URL")
    made = service()

    with pytest.raises(SystemExit):
        made.start()

    assert NOT_A_SERVICE in capsys.readouterr().err
