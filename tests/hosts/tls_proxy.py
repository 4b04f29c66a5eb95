"""A reverse proxy with TLS, as people put in front of Jupyter: one request per connection."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

from tests.environment import free_port
from tests.loop_thread import LoopThread
from tests.tls import self_signed

if TYPE_CHECKING:
    from pathlib import Path

MAX_HEAD_BYTES = 65_536


class TlsProxy:
    """Serves `https://localhost:port{path}` from another URL. A context manager.

    The host that the client named is passed on, as `proxy_set_header Host $http_host` does. Where
    the paths of both differ it is replaced, in requests and nowhere else: what the server answers
    still has its own.

    Args:
        folder: For the certificate, which no authority has signed.
        path: Begins and ends with a slash.
        to: The URL behind it, `http://` or `http+unix://`.
    """

    def __init__(self, folder: Path, *, path: str, to: str) -> None:
        self._path = path
        self._to = urlsplit(to)
        self._port = free_port()
        self.files = self_signed(folder, "localhost")
        self.url = f"https://localhost:{self._port}{path}"
        self._loop = LoopThread("TLS proxy")

    def __enter__(self) -> Self:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.files.certificate, self.files.key)
        self._loop.start()
        start = asyncio.start_server(
            self._serve, "127.0.0.1", self._port, ssl=context, limit=MAX_HEAD_BYTES
        )
        self._server = self._loop.do(start)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.do(self._stop())
        self._loop.stop()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        opened = [answer]
        try:
            head = await client.readuntil(b"\r\n\r\n")
            server, request = await self._connect()
            opened.append(request)
            request.write(self._changed(head.decode("latin-1")).encode("latin-1"))
            await asyncio.gather(_copy(client, request), _copy(server, answer))
        except (OSError, asyncio.IncompleteReadError):
            answer.close()
        except asyncio.CancelledError:
            for writer in opened:
                writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._to.scheme == "http+unix":
            return await asyncio.open_unix_connection(unquote(self._to.netloc))
        return await asyncio.open_connection(self._to.hostname, self._to.port)

    def _changed(self, head: str) -> str:
        first, *headers = head.removesuffix("\r\n\r\n").split("\r\n")
        method, path, version = first.split(" ")
        if path.startswith(self._path):
            path = self._to.path + path.removeprefix(self._path)
        if not any(header.lower().startswith("upgrade:") for header in headers):
            kept = [line for line in headers if not line.lower().startswith("connection:")]
            headers = [*kept, "Connection: close"]
        headers.append("X-Forwarded-Proto: https")
        return "\r\n".join([f"{method} {path} {version}", *headers, "", ""])


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(MAX_HEAD_BYTES):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()
