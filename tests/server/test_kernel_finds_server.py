"""A kernel publishes to the server that started it, with any address and login."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from jupyter_server.auth import passwd

from tests.serving import SECRET, jupyter
from tests.tls import self_signed

if TYPE_CHECKING:
    from tests.serving import Jupyter

TOKEN = (f"--IdentityProvider.token={SECRET}",)
PASSWORD = (
    f"--PasswordIdentityProvider.hashed_password={passwd(SECRET, 'sha1')}",
    "--IdentityProvider.token=",
)
NO_LOGIN = ("--IdentityProvider.token=", "--PasswordIdentityProvider.hashed_password=")
NO_TOKEN_FOR_KERNELS = ("--RealtimeWidgets.publish_token=",)

PUBLISH = """
import os
from realtime_widgets import Sprint, doctor, follow
from realtime_widgets.client.discovery import discover
with Sprint("from-kernel") as sprint:
    sprint.log("hello")
not_stored = sprint.close(180)
found = {
    "not_stored": not_stored,
    "events": [event.type for event in follow("from-kernel", until_end=True)],
    "position": discover().log_head("from-kernel").position,
    "doctor": str(doctor()),
    "root": os.environ["REALTIME_WIDGETS_ROOT"],
    "inherited": os.environ.get("REALTIME_WIDGETS_TOKEN", ""),
}
"""


def publish_from_a_kernel(server: Jupyter) -> dict[str, Any]:
    return dict(server.run(PUBLISH, "found"))


def check(found: dict[str, Any], url: str) -> None:
    """The kernel publishes there, reads back what it published, and the doctor is content."""
    assert f"Runs are published to {url}\n" in found["doctor"]
    assert "All is well." in found["doctor"]
    for secret in filter(None, (SECRET, found["inherited"])):
        assert secret not in found["doctor"]
    assert found["not_stored"] == 0
    assert found["events"] == ["status_update", "log", "status_update"]
    epoch, head = found["position"]
    assert epoch
    assert head == 3


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(TOKEN, id="token"),
        pytest.param(
            (*TOKEN, *NO_TOKEN_FOR_KERNELS),
            id="token, and none for kernels",
            marks=pytest.mark.long,
        ),
        # The server has no token to give to its kernels; only the extension's own lets them in.
        pytest.param(
            (*PASSWORD, "--ServerApp.base_url=/user/a%40b/"),
            id="password, prefix",
            marks=pytest.mark.long,
        ),
        pytest.param(NO_LOGIN, id="no login", marks=pytest.mark.long),
    ],
)
def test_a_kernel_finds_the_server_that_started_it(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    # As of a server in whose terminal this one is started.
    outer = {"REALTIME_WIDGETS_URL": "http://127.0.0.1:9/", "REALTIME_WIDGETS_TOKEN": "outer"}

    with jupyter(tmp_path, *options, **outer) as server:
        found = publish_from_a_kernel(server)

    check(found, server.url)
    assert found["root"] == str(tmp_path / "root")


@pytest.mark.long
def test_with_two_servers_each_kernel_finds_its_own_also_after_the_port_was_retried(
    tmp_path: Path,
) -> None:
    with ExitStack() as running:
        first = running.enter_context(jupyter(tmp_path / "1", *TOKEN))
        same_port = f"--ServerApp.port={first.info['port']}"
        second = running.enter_context(jupyter(tmp_path / "2", *TOKEN, same_port))

        check(publish_from_a_kernel(second), second.url)
        check(publish_from_a_kernel(first), first.url)

    assert first.info["port"] != second.info["port"]


@pytest.mark.long
def test_a_kernel_finds_a_server_on_a_unix_socket(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # the name of a socket has to be short
        path = str(Path(folder) / "Jupyter.sock")
        options = (f"--ServerApp.sock={path}", "--ServerApp.base_url=/below/")
        with jupyter(tmp_path, *TOKEN, *options) as server:
            found = publish_from_a_kernel(server)

    check(found, f"http+unix://{quote(path, safe='')}/below/")


def test_a_kernel_trusts_the_certificate_of_its_own_server_that_listens_everywhere(
    tmp_path: Path,
) -> None:
    """The certificate is signed by no authority, and for the name that browsers use."""
    files = self_signed(tmp_path, "jupyter.example")
    options = (
        f"--ServerApp.certfile={files.certificate}",
        f"--ServerApp.keyfile={files.key}",
        "--ServerApp.ip=0.0.0.0",
    )

    with jupyter(tmp_path, *TOKEN, *options) as server:
        found = publish_from_a_kernel(server)

    check(found, f"https://127.0.0.1:{server.info['port']}/")
