"""What the kernel knows of its front end, in kernels that are not ipykernel's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from realtime_widgets.client.server import Server
from realtime_widgets.display import front_end
from realtime_widgets.display.front_end import Request


def test_the_request_is_known_where_a_kernel_has_one_channel_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = {"header": {"msg_id": "1"}, "metadata": {"cellId": "cell-1"}}
    kernel = SimpleNamespace(get_parent=lambda: message)  # as in JupyterLite
    monkeypatch.setattr(front_end, "shell", lambda: SimpleNamespace(kernel=kernel))

    assert Request.current() == Request("1", "cell-1")


@pytest.mark.parametrize(
    ("message", "has_page"),
    [
        ({"header": {"msg_id": "1", "msg_type": "execute_request"}}, False),
        ({"header": {"msg_id": "1", "msg_type": "comm_msg"}}, True),  # a click on a button
        ({}, True),  # a separate app
    ],
)
def test_a_page_is_there_unless_a_program_executes_a_cell(
    monkeypatch: pytest.MonkeyPatch, message: dict[str, Any], *, has_page: bool
) -> None:
    kernel = SimpleNamespace(get_parent=lambda _: message)
    monkeypatch.setattr(front_end, "shell", lambda: SimpleNamespace(kernel=kernel))

    assert front_end.has_page() == has_page


def test_where_its_server_relays_the_page_reads_from_the_service_and_no_other_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_RELAYED", "http://hub/services/realtime/")

    assert front_end.is_page_of(Server("http://hub/services/realtime/", "token"))
    assert not front_end.is_page_of(Server("http://hub/user/alice/", "token"))
