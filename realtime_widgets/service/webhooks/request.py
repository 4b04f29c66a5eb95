"""One POST of a webhook: to an address that was checked, within a time, without redirects.

Of the answer the status is read, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

from realtime_widgets.service.webhooks.addresses import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

__all__ = ["BadAnswerError", "post"]

TIMEOUT_S = 10.0
"""From the look-up of the name to the status of the answer."""

_PORTS = {"http": 80, "https": 443}


class BadAnswerError(OSError):
    """The answer is no HTTP."""


async def post(
    url: SplitResult, headers: Mapping[str, str], body: bytes, *, allow_private: bool
) -> int:
    """Send a request, and return the status of the answer.

    Args:
        url: Where to; its parts were checked.
        headers: Beside those of HTTP itself.
        body: What is sent.
        allow_private: Whether private addresses may be connected to.

    Raises:
        PrivateAddressError: The host has private addresses only.
        TimeoutError: It took longer than 10 s.
        OSError: There is no connection, no valid certificate, or no valid answer.
    """
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await _connect(url, allow_private=allow_private)
        try:
            writer.write(_head(url, headers, len(body)) + body)
            await writer.drain()
            return _status(await reader.readline())
        except ValueError as error:  # the first line is too long
            raise BadAnswerError("the answer is no HTTP") from error
        finally:
            # The rest of the answer is not read.
            writer.transport.abort()


async def _connect(
    url: SplitResult, *, allow_private: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host = url.hostname or ""
    port = url.port or _PORTS[url.scheme]
    is_secure = url.scheme == "https"
    context = ssl.create_default_context() if is_secure else None
    addresses = await resolve(host, port, allow_private=allow_private)
    # An address may not answer at all, as of IPv6 in a network that does not route it.
    share_s = TIMEOUT_S / (len(addresses) + 1)
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            async with asyncio.timeout(share_s):
                return await _open(address, port, context, host)
    return await _open(addresses[-1], port, context, host)


async def _open(
    address: str, port: int, context: ssl.SSLContext | None, host: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name = None if context is None else host
    return await asyncio.open_connection(address, port, ssl=context, server_hostname=name)


def _head(url: SplitResult, headers: Mapping[str, str], length: int) -> bytes:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {url.netloc}", f"Content-Length: {length}"]
    lines += ["Connection: close", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise BadAnswerError("the answer is no HTTP")
    return int(status)
