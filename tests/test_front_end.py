"""What the kernel knows of its front end, in kernels that are not ipykernel's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from realtime_widgets import _front_end
from realtime_widgets._front_end import Request

if TYPE_CHECKING:
    import pytest


def test_the_request_is_known_where_a_kernel_has_one_channel_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = {"header": {"msg_id": "1"}, "metadata": {"cellId": "cell-1"}}
    kernel = SimpleNamespace(get_parent=lambda: message)  # as in JupyterLite
    monkeypatch.setattr(_front_end, "shell", lambda: SimpleNamespace(kernel=kernel))

    assert Request.current() == Request("1", "cell-1")


def test_a_kernel_without_any_request_is_that_of_an_app_and_has_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = SimpleNamespace(get_parent=lambda _: {})  # as in Solara
    monkeypatch.setattr(_front_end, "shell", lambda: SimpleNamespace(kernel=kernel))

    assert _front_end.has_page()
