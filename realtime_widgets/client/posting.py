"""POST requests of JSON to a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from realtime_widgets.client.address import http_connection
from realtime_widgets.client.http import credentials

if TYPE_CHECKING:
    from realtime_widgets.client.server_address import ServerAddress

__all__ = ["post_json"]

MAX_BYTES = 131_072
"""Most bytes of an answer that are read."""


def post_json(place: ServerAddress, path: str, content: object, timeout: float) -> tuple[int, Any]:
    """Send a POST request, and return status and JSON of the answer, None where it is none.

    Args:
        place: The server.
        path: The path, with that of the server.
        content: What is sent as JSON.
        timeout: Time-out of each step of the request, in seconds.

    Raises:
        OSError: The connection is lost, or timed out.
        http.client.HTTPException: The answer is malformed.
        ValueError: The token contains characters that cannot be sent.
    """
    connection = http_connection(place.url, place.certificate, timeout)
    try:
        headers = {"Content-Type": "application/json", **credentials(place.token)}
        connection.request("POST", path, json.dumps(content).encode(), headers)
        response = connection.getresponse()
        body = response.read(MAX_BYTES)
    finally:
        connection.close()
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, None
