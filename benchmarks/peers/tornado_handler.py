"""What an extension author writes first: a WebSocket handler inside Jupyter Server.

Authenticated as Jupyter's own handlers are; one `write_message` for each viewer and message.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

viewers: set[Watch] = set()
history: deque[str | bytes] = deque(maxlen=1_000)


class _Socket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    @ws_authenticated
    async def get(self) -> None:
        """Upgrade, once the user is known."""
        await super().get()

    def on_message(self, message: str | bytes) -> None:
        """Take notice of nothing."""


class Watch(_Socket):
    """One viewer."""

    def open(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as tornado has it
        """Take it in, and send it the history if it requests that."""
        super().open(*args, **kwargs)
        if self.get_query_argument("history", None):
            for message in history:
                self.write_message(message)
        viewers.add(self)

    def on_close(self) -> None:
        """Forget it."""
        super().on_close()
        viewers.discard(self)


class Publish(_Socket):
    """The publisher."""

    def on_message(self, message: str | bytes) -> None:
        """Send a message to all clients."""
        history.append(message)
        for viewer in tuple(viewers):
            try:
                viewer.write_message(message)
            except WebSocketClosedError:
                viewers.discard(viewer)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "benchmarks.peers.tornado_handler"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    server.web_app.add_handlers(".*$", [("/watch", Watch), ("/publish", Publish)])
