"""The extension as an application: a Jupyter server with its routes and pages, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from realtime_widgets_server.app import RealtimeWidgets

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["Standalone"]

SERVICES = ("auth", "api", "security")
"""The parts of Jupyter Server whose routes there are: none of kernels, files and notebooks."""


class Standalone(RealtimeWidgets):
    """Serves runs without JupyterLab, on 127.0.0.1 and with a token."""

    description = """Start a server without JupyterLab, on 127.0.0.1 and with a token.

    It serves the runs and their pages only. Useful options of all those of Jupyter Server:
    --port=8890, --no-browser, --RealtimeWidgets.store=memory."""

    load_other_extensions = False

    @classmethod
    def make_serverapp(cls, **kwargs: Any) -> ServerApp:  # noqa: ANN401 - as Jupyter Server has it
        """Make a server that only this machine reaches, without the other routes."""
        server: ServerApp = super().make_serverapp(**kwargs)
        server.default_services = SERVICES  # type: ignore[assignment]  # its type has a fixed length
        server.ip = "127.0.0.1"  # the configuration may name another one
        return server
