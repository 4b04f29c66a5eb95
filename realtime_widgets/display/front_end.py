"""What the kernel knows of the front end that shows the outputs of a cell.

The only evidence is the execute request. JupyterLab and Notebook 7 send the cell's id in its
metadata, as nbformat defines it; VS Code sends a URI in the same place; nbclassic and Colab send
nothing there, but allow `input()`. Programs that execute notebooks, such as nbclient, papermill and
nbval, do neither. Every other request, such as the message of a widget, comes from a page; all
those of Solara, which has no cells, are of that kind.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.address import is_same_place
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.known_servers import SOFTWARE_VARIABLE, is_standalone_voila, parent
from realtime_widgets.client.marimo import in_marimo
from realtime_widgets.client.server import Server
from realtime_widgets.environment import RELAYED_VARIABLE

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from realtime_widgets.client.target import Target

__all__ = [
    "Request",
    "front_end_name",
    "has_page",
    "is_page_of",
    "is_running_cell",
    "page_reads",
    "shell",
]

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""A cell id of nbformat 4.5."""


@dataclass(frozen=True)
class Request:
    """The request that the kernel executes, or executed last.

    Attributes:
        msg_id: Its message id, None where there is none.
        cell: What the front end names the cell, None where it names it nothing.
        is_program: Whether a program sent it to execute a cell, and not a page.
    """

    msg_id: str | None = None
    cell: str | None = None
    is_program: bool = False

    @staticmethod
    def current() -> Request:
        """Return the request to which the output of this thread or task belongs."""
        kernel = _kernel()
        if kernel is None:
            return Request()
        message = _parent_of(kernel)
        header = message.get("header", {})
        cell = message.get("metadata", {}).get("cellId")
        allows_input = message.get("content", {}).get("allow_stdin", False)
        is_execution = header.get("msg_type") == "execute_request"
        return Request(
            msg_id=header.get("msg_id"),
            cell=cell,
            is_program=is_execution and cell is None and not allows_input,
        )

    def replaces(self, other: Request) -> bool:
        """Whether running this request removed the outputs of the other one."""
        return self.cell is not None and self.cell == other.cell and self.msg_id != other.msg_id


def shell() -> InteractiveShell | None:
    """Return IPython's shell, None where there is none; it does not import IPython for that."""
    ipython = sys.modules.get("IPython")
    found: InteractiveShell | None = ipython.get_ipython() if ipython is not None else None
    return found


def has_page() -> bool:
    """Whether outputs go to a page, and not to a terminal or to a program that executes notebooks.

    Such a program saves outputs; a widget among them would be an error in each page that opens
    the file, because its kernel is gone.
    """
    if _kernel() is None:
        return False
    return not Request.current().is_program or _is_voila()


def is_running_cell() -> bool:
    """Whether this code runs in a cell: in the kernel's own process and its main thread."""
    kernel = _kernel()
    return (
        kernel is not None
        and threading.current_thread() is threading.main_thread()
        and getattr(getattr(kernel, "session", None), "pid", os.getpid()) == os.getpid()
        and Request.current().msg_id is not None
    )


def front_end_name() -> str | None:
    """Return what shows the outputs of this code, in words; None where nothing does."""
    if in_marimo():
        return "marimo"
    if not has_page():
        return None
    if _is_voila():
        return "Voila"
    cell = Request.current().cell or ""
    if cell.startswith("vscode-"):
        return "VS Code"
    if _CELL_ID.fullmatch(cell):
        return "JupyterLab or Notebook 7"
    return "Colab" if "google.colab" in sys.modules else "a front end that names no cells"


def page_reads(target: Target) -> bool:
    """Whether the page that shows this output has our renderer, and reads the run by itself.

    True for JupyterLab, Notebook 7 and Voila, where the run is on the server of the page.
    """
    return target.is_server and _has_our_renderer() and is_page_of(target)


def is_page_of(target: Target) -> bool:
    """Whether a page of this kernel would look for runs on that server.

    The page belongs to the server that started the kernel, or to the one to which this relays.
    Where none is known to have started it, as in a kernel of a gateway, the page is taken for one
    of the server that was named.
    """
    relayed = os.environ.get(RELAYED_VARIABLE)
    if relayed:
        return is_same_place(relayed, target.name)
    started_by = parent() or discover()
    if isinstance(started_by, Server):
        return is_same_place(started_by.name, target.name)
    return not is_standalone_voila()


def _has_our_renderer() -> bool:
    return _is_voila() or _CELL_ID.fullmatch(Request.current().cell or "") is not None


def _is_voila() -> bool:
    return os.environ.get(SOFTWARE_VARIABLE, "").startswith("voila/")


def _parent_of(kernel: Any) -> dict[str, Any]:  # noqa: ANN401 - see `_kernel`
    message: dict[str, Any] | None
    try:
        message = kernel.get_parent("shell")
    except TypeError:  # that of JupyterLite takes no channel
        message = kernel.get_parent()
    return message or {}


def _kernel() -> Any:  # noqa: ANN401 - ipykernel and its kin share no type
    return getattr(shell(), "kernel", None)
