"""Changes which users may use a run: `POST sprints/{id}/access` of a server (protocol 15)."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING
from urllib.parse import quote

from realtime_widgets.client.http import MAX_REASON, post_json, refusal
from realtime_widgets.client.server import Server
from realtime_widgets.client.whereabouts import now_at
from realtime_widgets.errors import ServerNotFoundError
from realtime_widgets.protocol.codes import HttpCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from realtime_widgets.client.target import PublishTarget

__all__ = ["change_access"]

NOT_SHARED = "the users of this server do not share runs"


def change_access(
    target: PublishTarget, sprint_id: str, change: Mapping[str, Sequence[str]], *, timeout: float
) -> None:
    """Add users and groups to a run, or remove them.

    Args:
        target: Where the run is.
        sprint_id: The run.
        change: Names to add as `viewers` and `editors`, and to `remove`.
        timeout: Time-out for the whole request, in seconds.

    Raises:
        ServerNotFoundError: The server cannot be reached, has no users who share runs, or the run
            is another user's.
        ValueError: A name breaks its rule, or there are too many.
    """
    if not isinstance(target, Server):
        raise ServerNotFoundError(target.name, NOT_SHARED, "refused")
    address = now_at(target)
    path = f"realtime/api/sprints/{quote(sprint_id, safe='')}/access"
    status, answer = post_json(address, path, change, timeout)
    if status == http.HTTPStatus.OK:
        return
    code, message = "", ""
    if isinstance(answer, dict):
        code, message = str(answer.get("code")), str(answer.get("message"))[:MAX_REASON]
    if status == http.HTTPStatus.BAD_REQUEST and isinstance(answer, dict):
        raise ValueError(f"{answer.get('field')}: {message}")
    if status == http.HTTPStatus.NOT_FOUND and code == HttpCode.UNKNOWN_SPRINT:
        raise ServerNotFoundError(address.url, message, "refused")
    if status == http.HTTPStatus.NOT_FOUND:
        raise ServerNotFoundError(address.url, NOT_SHARED, "refused")
    raise refusal(status, has_token=bool(address.token)).error(address.url)
