"""Receives messages of a page while a cell runs, where the kernel has subshells.

JupyterLab and Notebook 7 send the messages of comms to a subshell, a thread of the kernel beside
that of the cells. Two things are in the way:

- ipykernel 7.4 passes them on to the shell that has sent over the comm last. That is the shell of
  the cells, where they would wait until the running cell has ended.
- A comm calls the hooks of IPython that come before and after a cell. In a subshell these would do
  it within a cell: the one of matplotlib shows and closes figures that the cell is drawing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comm.base_comm import BaseComm

if TYPE_CHECKING:
    from collections.abc import Callable

    Route = Callable[[object, str | None], str | None]

__all__ = ["receive_in_subshells"]

ROUTE = "_reply_subshell_for"
"""The method of ipykernel's comms that chooses the shell; other kernels have none."""


def receive_in_subshells(comm: object, receive: Callable[[Any], object]) -> None:
    """Receive custom messages in the subshell to which a page sends them.

    Changes of a widget's state stay where ipykernel passes them, because functions of users
    observe them. The comms of hosts without an ipykernel are left as they are.

    Args:
        comm: A comm, on which a function for all of its messages may be registered.
        receive: Called with the content of each custom message, in any thread, in place of that
            function.
    """
    if not isinstance(comm, BaseComm):
        return
    route: Route | None = getattr(comm, ROUTE, None)
    if route is not None:
        setattr(comm, ROUTE, _routed(route))
    handle = comm.handle_msg

    def handle_directly(message: dict[str, Any]) -> None:
        data = message["content"]["data"]
        if _is_custom(data):
            receive(data.get("content"))
        else:
            handle(message)

    comm.handle_msg = handle_directly  # type: ignore[assignment,method-assign]  # of this comm only


def _routed(route: Route) -> Route:
    def choose(data: object, subshell: str | None) -> str | None:
        return subshell if _is_custom(data) else route(data, subshell)

    return choose


def _is_custom(data: Any) -> bool:  # noqa: ANN401 - of a page
    return isinstance(data, dict) and data.get("method") == "custom"
