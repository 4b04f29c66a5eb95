"""What the extension hands to each of its handlers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from realtime_widgets.service import Service
    from realtime_widgets.service.open_sockets import OpenSockets
    from realtime_widgets_server.kernel_ends import KernelEnds
    from realtime_widgets_server.notebooks import Notebooks
    from realtime_widgets_server.publish_tokens import PublishTokens

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """The collaborators of a handler."""

    serverapp: ServerApp
    service: Service
    sockets: OpenSockets
    publish_tokens: PublishTokens
    kernel_ends: KernelEnds
    notebooks: Notebooks
