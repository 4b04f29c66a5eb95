"""`websockets.broadcast`, as its guide shows it."""

from __future__ import annotations

import asyncio
import sys
from collections import deque

from websockets.asyncio.server import ServerConnection, broadcast, serve

viewers: set[ServerConnection] = set()
history: deque[str | bytes] = deque(maxlen=1_000)


async def handle(connection: ServerConnection) -> None:
    """Pass on what a publisher sends; keep a viewer until it leaves."""
    path = connection.request.path if connection.request else ""
    if path.startswith("/publish"):
        async for message in connection:
            history.append(message)
            broadcast(viewers, message)
        return
    if "history" in path:
        for message in list(history):
            await connection.send(message)
    viewers.add(connection)
    try:
        await connection.wait_closed()
    finally:
        viewers.discard(connection)


async def main() -> None:
    """Serve for ever."""
    async with serve(handle, "127.0.0.1", int(sys.argv[1]), max_size=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
