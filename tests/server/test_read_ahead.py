"""Reading ahead from a stream: the bytes stay the same, in any pieces."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tornado.iostream import IOStream, StreamClosedError

from realtime_widgets_server.read_ahead import AHEAD_BYTES, ReadAhead

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 3 * AHEAD_BYTES
SIZES = st.lists(st.integers(0, 40) | st.sampled_from([AHEAD_BYTES, AHEAD_BYTES + 1, LARGE]))


@contextlib.contextmanager
def pair() -> Iterator[tuple[IOStream, IOStream]]:
    ours, theirs = (IOStream(end, max_buffer_size=2**30) for end in socket.socketpair())
    try:
        yield ours, theirs
    finally:
        ours.close()
        theirs.close()


@settings(max_examples=100)
@given(asked=SIZES, cuts=st.lists(st.integers(1, 100_000), min_size=1))
@example(asked=[2, 2, 4, LARGE, 2], cuts=[1])
def test_what_is_read_is_what_came_in_any_pieces(asked: list[int], cuts: list[int]) -> None:
    sent = bytes(range(256)) * (sum(asked) // 256 + 1)

    async def write(stream: IOStream) -> None:
        at = 0
        for number in range(len(cuts) * 20):
            size = cuts[number % len(cuts)]
            await stream.write(sent[at : at + size])
            at += size
        await stream.write(sent[at:])

    async def read() -> bytes:
        with pair() as (ours, theirs):
            writing = asyncio.create_task(write(theirs))
            stream = ReadAhead(ours)
            pieces = [await stream.read_bytes(size) for size in asked]
            writing.cancel()
        assert [len(piece) for piece in pieces] == asked
        return b"".join(pieces)

    assert asyncio.run(read()) == sent[: sum(asked)]


@pytest.mark.parametrize("asked", [10, 2 * AHEAD_BYTES])
def test_asking_for_more_than_came_before_the_end_raises(asked: int) -> None:
    async def read() -> None:
        with pair() as (ours, theirs):
            await theirs.write(b"abc")
            theirs.close()
            stream = ReadAhead(ours)
            assert await stream.read_bytes(1) == b"a"
            with pytest.raises(StreamClosedError):
                await stream.read_bytes(asked)

    asyncio.run(read())


def test_everything_else_is_the_streams() -> None:
    async def ask() -> None:
        with pair() as (ours, _):
            stream = ReadAhead(ours)
            assert not stream.closed()
            stream.close()
            assert stream.closed()
            assert ours.closed()

    asyncio.run(ask())
