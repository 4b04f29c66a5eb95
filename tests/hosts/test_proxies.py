"""Behind a reverse proxy with TLS, pages and scripts reach the server by the proxy's address."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from realtime_widgets import ServerNotFoundError, Sprint, doctor, follow, sprints
from tests.e2e.jupyter import READY, Jupyter
from tests.serving import SECRET, jupyter
from tests.tls import self_signed
from tests.waiting import PATIENCE_S

from .tls_proxy import TlsProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

VIEW = ".jp-OutputArea .realtime-widgets"


@pytest.fixture(scope="session")
def same_path(lab: Jupyter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    """`location /outer/path/ { proxy_pass http://...; }` of nginx."""
    with TlsProxy(tmp_path_factory.mktemp("tls"), path=urlsplit(lab.url).path, to=lab.url) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def other_path(lab: Jupyter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsProxy]:
    """`location /stripped/ { proxy_pass http://.../outer/path/; }`: another path than Jupyter's."""
    with TlsProxy(tmp_path_factory.mktemp("tls"), path="/stripped/", to=lab.url) as proxy:
        yield proxy


def test_a_page_shows_a_run_live_through_a_proxy_with_tls(
    lab: Jupyter, same_path: TlsProxy, browser: Browser
) -> None:
    source = "from realtime_widgets import Sprint\nwith Sprint('behind-tls') as sprint:\n    "
    lab.notebook("tls.ipynb", cells=[source + "sprint.log('seen over TLS')"])
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))

    page.goto(f"{same_path.url}lab/tree/tls.ipynb?token={lab.token}&reset")
    page.wait_for_function(READY)
    lab.run_all(page)

    expect(page.locator(VIEW)).to_contain_text("seen over TLS")
    expect(page.locator(VIEW)).to_contain_text("Connected")
    own = [url for url in sockets if "/realtime/ws/sprints/" in url]
    assert own == [f"{same_path.url.replace('https', 'wss', 1)}realtime/ws/sprints/behind-tls"]
    context.close()


@pytest.mark.long
@pytest.mark.parametrize("proxy", ["same_path", "other_path"])
def test_a_script_publishes_and_follows_through_a_proxy_whose_certificate_it_was_given(
    proxy: str, lab: Jupyter, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    through: TlsProxy = request.getfixturevalue(proxy)
    monkeypatch.setenv("SSL_CERT_FILE", str(through.files.certificate))
    server = f"{through.url}?token={lab.token}"

    with Sprint(f"through-{proxy}", server=server) as sprint:
        sprint.log("hello")

    assert sprint.close(PATIENCE_S) == 0
    events = follow(f"through-{proxy}", server=server, until_end=True)
    assert [event.type for event in events] == ["status_update", "log", "status_update"]


def test_an_unknown_certificate_is_refused_and_doctor_shows_what_to_do(
    lab: Jupyter, same_path: TlsProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    server = f"{same_path.url}?token={lab.token}"

    with pytest.raises(ServerNotFoundError, match="certificate"):
        sprints(server=server)
    doctor(server=server)

    printed = capsys.readouterr().out
    assert "SSL_CERT_FILE" in printed
    assert lab.token not in printed


def test_of_a_server_that_gave_its_certificate_exactly_that_one_is_trusted(
    lab: Jupyter, same_path: TlsProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_URL", same_path.url.replace("localhost", "127.0.0.1"))
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", lab.token)

    monkeypatch.setenv("REALTIME_WIDGETS_CERTIFICATE", str(same_path.files.certificate))
    sprints()
    for other in (self_signed(tmp_path, "127.0.0.1").certificate, tmp_path / "none.pem"):
        monkeypatch.setenv("REALTIME_WIDGETS_CERTIFICATE", str(other))
        with pytest.raises(ServerNotFoundError):
            sprints()


@pytest.mark.long
def test_a_server_on_a_unix_socket_is_reached_by_scripts_and_below_another_path_by_pages(
    tmp_path: Path, browser: Browser
) -> None:
    with ExitStack() as running:
        # The name of a socket has to be short.
        sockets = running.enter_context(tempfile.TemporaryDirectory())
        options = (
            f"--ServerApp.sock={Path(sockets) / 'jupyter.sock'}",
            f"--IdentityProvider.token={SECRET}",
        )
        server = running.enter_context(jupyter(tmp_path, *options))
        proxy = running.enter_context(TlsProxy(tmp_path, path="/stripped/", to=server.url))
        context = running.enter_context(browser.new_context(ignore_https_errors=True))
        with Sprint("on-a-socket", server=f"{server.url}?token={SECRET}") as sprint:
            sprint.log("seen from afar")
        assert sprint.close(PATIENCE_S) == 0

        page = context.new_page()
        page.goto(f"{proxy.url}realtime/sprints/on-a-socket?token={SECRET}")

        expect(page.locator("body")).to_contain_text("seen from afar")
        expect(page.locator("body")).to_contain_text("Connected")
