"""The address of a Jupyter server with what a request to it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from realtime_widgets.client.redaction import remember_secret
from realtime_widgets.client.secret import Secret

__all__ = ["ServerAddress"]


@dataclass(frozen=True)
class ServerAddress:
    """Where a Jupyter server is, and how a request is let in.

    Attributes:
        url: Its base URL, with a slash at the end.
        token: What lets a request in, "" where none is needed.
        certificate: The file with its certificate, "" where this machine trusts it anyway.
        root: The folder that it serves, "" where that is not known; by it the server is found
            again when it was started at another port.
    """

    url: str
    token: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    root: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the token out of what is published, and out of tracebacks."""
        remember_secret(self.token)
        object.__setattr__(self, "token", Secret(self.token))
