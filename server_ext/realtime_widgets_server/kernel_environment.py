"""Exports URL and publish token of this server to the environment of kernels and terminals.

Each kernel that the server's kernel manager starts gets its own publish token. All other
processes (terminals, kernels of another manager, programs of other extensions) inherit a shared
one.

A server that was started from a kernel or a terminal of another server has that server's values in
its environment; all of them are replaced.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from realtime_widgets.environment import (
    CERTIFICATE_VARIABLE,
    RELAYED_VARIABLE,
    ROOT_VARIABLE,
    TOKEN_VARIABLE,
    URL_VARIABLE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_client.manager import KernelManager
    from jupyter_client.multikernelmanager import MultiKernelManager
    from jupyter_server.serverapp import ServerApp

    from realtime_widgets_server.publish_tokens import PublishTokens

__all__ = ["export_kernel_env", "export_service_env", "give_each_kernel_a_token"]

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - to be replaced


def export_kernel_env(serverapp: ServerApp, tokens: PublishTokens, *, is_bound: bool) -> None:
    """Set the environment variables of processes that are started from now on.

    Args:
        serverapp: The server.
        tokens: Its publish tokens.
        is_bound: Whether the server listens, so that its actual port is known.
    """
    certificate = serverapp.certfile
    values = {
        URL_VARIABLE: _url(serverapp) if is_bound else "",
        TOKEN_VARIABLE: tokens.for_scripts(),
        CERTIFICATE_VARIABLE: str(Path(certificate).resolve()) if certificate else "",
        ROOT_VARIABLE: serverapp.root_dir,
        RELAYED_VARIABLE: "",
    }
    _export(values)


def export_service_env(url: str, token: str, root: str) -> None:
    """Set the environment variables of processes that publish to a service of a JupyterHub.

    Args:
        url: The URL of the service.
        token: The token of this server, which the Hub has given to it.
        root: The folder that this server serves.
    """
    _export(
        {
            URL_VARIABLE: url,
            TOKEN_VARIABLE: token,
            CERTIFICATE_VARIABLE: "",
            ROOT_VARIABLE: root,
            RELAYED_VARIABLE: url,
        }
    )


def _export(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.pop(name, None)
        if value:
            os.environ[name] = value


def give_each_kernel_a_token(manager: MultiKernelManager, tokens: PublishTokens) -> None:
    """Give each kernel that is started from now on its own publish token.

    Jupyter has no hook for this that leaves the configured classes alone, so two methods of this
    one manager are wrapped: the one that knows the id of a kernel before its process starts, and
    the one that overwrites its variables for a later restart. A gateway's manager starts kernels on
    another machine, without either of them, and gives none of our variables.
    """
    pre_start_kernel = manager.pre_start_kernel

    def pre_start_kernel_with_token(
        kernel_name: str | None, kwargs: dict[str, Any]
    ) -> tuple[KernelManager, str, str]:
        started = pre_start_kernel(kernel_name, kwargs)
        kernel_id = started[2]
        kwargs["env"] = _with_token(kwargs.get("env") or os.environ, tokens, kernel_id)
        return started

    manager.pre_start_kernel = pre_start_kernel_with_token  # type: ignore[method-assign]
    update_env = getattr(manager, "update_env", None)
    if update_env is None:  # before jupyter_client 8.5
        return

    def update_env_with_token(*, kernel_id: str, env: dict[str, str]) -> None:
        update_env(kernel_id=kernel_id, env=_with_token(env, tokens, kernel_id))

    manager.update_env = update_env_with_token  # type: ignore[method-assign]


def _with_token(env: Mapping[str, str], tokens: PublishTokens, kernel_id: str) -> dict[str, str]:
    """Replace the shared token by the kernel's own; a different or removed token is kept."""
    is_shared = env.get(TOKEN_VARIABLE) == tokens.for_scripts() != ""
    return {**env, **({TOKEN_VARIABLE: tokens.for_kernel(kernel_id)} if is_shared else {})}


def _url(serverapp: ServerApp) -> str:
    """Return the URL at which kernels on this machine reach the server.

    A server that listens on all addresses reports its host name, which may not be resolvable.
    """
    url: str = serverapp.connection_url
    host = _LOOPBACK.get("" if serverapp.sock else serverapp.ip)
    return urlsplit(url)._replace(netloc=f"{host}:{serverapp.port}").geturl() if host else url
