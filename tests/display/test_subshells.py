"""In which thread of the kernel messages of a page are received, and what they call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from comm import DummyComm
from ipykernel.comm.comm import BaseComm

from realtime_widgets.display.subshells import ROUTE, receive_in_subshells

if TYPE_CHECKING:
    import pytest

CUSTOM = {"method": "custom", "content": {"here": True}}
UPDATE = {"method": "update", "state": {}}


def message(data: object) -> dict[str, Any]:
    return {"content": {"data": data}}


def test_a_custom_message_is_received_in_the_subshell_to_which_the_page_sends_it() -> None:
    comm = BaseComm(target_name="jupyter.widget")
    comm._reply_subshell_id = None  # noqa: SLF001 - set when a cell sends over the comm

    receive_in_subshells(comm, print)

    route = getattr(comm, ROUTE)
    assert route(CUSTOM, "of the page") == "of the page"
    assert route(UPDATE, "of the page") is None
    assert route("no dict", "of the page") is None


def test_a_custom_message_calls_no_hooks_of_cells_and_any_other_one_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[object] = []
    shell = SimpleNamespace(events=SimpleNamespace(trigger=calls.append))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    comm = DummyComm(target_name="jupyter.widget")
    comm.on_msg(lambda _: calls.append("widget"))

    receive_in_subshells(comm, calls.append)
    comm.handle_msg(message(CUSTOM))
    comm.handle_msg(message(UPDATE))

    assert calls == [{"here": True}, "pre_execute", "widget", "post_execute"]


def test_the_comm_of_a_host_without_ipykernel_is_left_as_it_is() -> None:
    comm = SimpleNamespace()

    receive_in_subshells(comm, print)

    assert vars(comm) == {}
