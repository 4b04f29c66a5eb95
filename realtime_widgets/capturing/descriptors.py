"""Standard output and error of the whole process, below Python: of C code and of children.

Theory of operation. The descriptors 1 and 2 are replaced by temporary files, to which all writers
append. A thread follows the files and passes on what was written: to where the descriptor led
before, and to the run. A pipe in place of a file would be simpler, and would hang the process: C
code that holds the lock of the interpreter would wait for a full pipe to be read, and the reading
thread for the lock.

Where both descriptors led to the same place they get one file, so that the order of what is
written to the two stays.

Text between the marks `HIDE` and `SHOW` is passed on and not published. A marked text is written
by one call, so that no other text gets between its marks.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import secrets
import sys
import tempfile
import threading
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CAN_REPLACE", "Descriptor", "Descriptors", "Sink", "marked"]

CAN_REPLACE = sys.platform not in {"win32", "emscripten", "wasi"}
"""Whether descriptors are replaced on this platform."""

TICK_S = 0.05
"""How often the files are looked at."""

CHUNK_BYTES = 262_144

PUNCH_BYTES = 8 * 1_048_576
"""How much of a file that was read stays on the disk, where the system can free a part of it."""

RETRY_S = 0.01
"""How long to wait where the place that output is passed on to takes nothing now."""

_PUNCH_HOLE = 0x02 | 0x01
"""Of Linux: FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE."""

_NONCE = secrets.token_hex(8).encode()
HIDE = b"\x1b_hide-" + _NONCE + b"\x1b\\"
SHOW = b"\x1b_show-" + _NONCE + b"\x1b\\"
_MARK = re.compile(b"(" + re.escape(HIDE) + b"|" + re.escape(SHOW) + b")")


def marked(data: bytes) -> bytes:
    """Return bytes that are passed on and not published."""
    return HIDE + data + SHOW


class Sink(Protocol):
    """Where the bytes of a descriptor go."""

    def pass_on(self, data: bytes) -> None:
        """Write bytes to where the descriptor led before."""

    def publish(self, data: bytes) -> None:
        """Publish bytes."""


class Descriptor:
    """One or two descriptors that led to the same place, and the file in place of it.

    Args:
        numbers: The descriptors.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        import fcntl  # not on each platform

        self.numbers = numbers
        self.sink: Sink | None = None
        self._file = _new_file()
        flags = fcntl.fcntl(self._file, fcntl.F_GETFL)
        fcntl.fcntl(self._file, fcntl.F_SETFL, flags | os.O_APPEND)
        self.saved = os.dup(numbers[0])
        self._number = self._file.fileno()
        self._offset = 0
        self._punched = 0
        self._held = b""
        """The beginning of a mark."""
        self._is_hidden = False
        for number in numbers:
            os.dup2(self._number, number)

    @property
    def has_grown(self) -> bool:
        """Whether there is something to read."""
        # Moves a position that nothing uses, in a fifth of the time of `fstat`.
        return os.lseek(self._number, 0, os.SEEK_END) > self._offset

    def read(self) -> None:
        """Pass on and publish what was written."""
        while data := os.pread(self._number, CHUNK_BYTES, self._offset):
            self._offset += len(data)
            self._take(data)
            if self._offset - self._punched > PUNCH_BYTES:
                _punch(self._number, self._offset)
                self._punched = self._offset

    def restore(self) -> None:
        """Let the descriptors lead to where they led before."""
        for number in self.numbers:
            os.dup2(self.saved, number)

    def close(self) -> None:
        """Close the file and the copy of the descriptor."""
        self._file.close()
        os.close(self.saved)

    def _take(self, data: bytes) -> None:
        data = self._held + data
        begun = _begun_mark(data)
        self._held = data[len(data) - begun :]
        parts = _MARK.split(data[: len(data) - begun])
        assert self.sink is not None, "set before it is read"  # noqa: S101 - narrows the type
        self.sink.pass_on(b"".join(part for part in parts if part not in {HIDE, SHOW}))
        for part in parts:
            if part in {HIDE, SHOW}:
                self._is_hidden = part == HIDE
            elif part and not self._is_hidden:
                self.sink.publish(part)


def _new_file() -> BinaryIO:
    """Return a file without a name, in memory where no folder can be written to."""
    try:
        return tempfile.TemporaryFile(prefix="realtime-widgets-")
    except FileNotFoundError:
        if sys.platform != "linux":
            raise
        return open(os.memfd_create("realtime-widgets"), "w+b")  # noqa: PTH123 - a descriptor


class Descriptors:
    """The replaced descriptors of this process, and the thread that follows their files.

    Args:
        descriptors: What is replaced; their sinks are set.
        flush: Writes out what Python holds back of its streams.
    """

    def __init__(self, descriptors: Sequence[Descriptor], flush: Callable[[], None]) -> None:
        self._descriptors = descriptors
        self._flush = flush
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._process = os.getpid()
        threading.Thread(target=self._follow, name="realtime-widgets output", daemon=True).start()

    def catch_up(self, timeout: float = 0.0) -> None:
        """Pass on what was written until now.

        Args:
            timeout: Maximum time to wait while another thread does it, in seconds. This thread may
                be the one, where a signal handler prints.
        """
        for descriptor in self._descriptors:
            if timeout or descriptor.has_grown:
                break
        else:
            return
        if self._process == os.getpid() and self._lock.acquire(timeout=timeout):
            try:
                self._read()
            finally:
                self._lock.release()

    def stop(self) -> None:
        """Restore the descriptors, then pass on all that was written."""
        self._flush()
        flush_c()
        for descriptor in self._descriptors:
            descriptor.restore()
        if self._process == os.getpid():
            with self._lock:
                self._is_over.set()  # the thread reads nothing after this
                self._read()
        for descriptor in self._descriptors:
            descriptor.close()

    def _follow(self) -> None:
        while not self._is_over.wait(TICK_S):
            self._flush()
            flush_c()
            with self._lock:
                if not self._is_over.is_set():
                    self._read()

    def _read(self) -> None:
        for descriptor in self._descriptors:
            descriptor.read()


def write_all(descriptor: int, data: bytes, is_over: threading.Event) -> None:
    """Write bytes to a descriptor, which may be full for now, or closed at its other end."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            is_over.wait(RETRY_S)
        except OSError:
            return  # nothing reads it any more


def flush_c() -> None:
    """Write out what C code has printed; not of all files, as one may wait for input."""
    with contextlib.suppress(ValueError, AttributeError, OSError):
        library = ctypes.CDLL(None)
        name = "__stdoutp" if sys.platform == "darwin" else "stdout"
        library.fflush(ctypes.c_void_p.in_dll(library, name))


def _punch(descriptor: int, end: int) -> None:
    """Free the beginning of a file on the disk; the positions in it stay."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None, use_errno=True)
        library.fallocate(descriptor, _PUNCH_HOLE, ctypes.c_longlong(0), ctypes.c_longlong(end))


def _begun_mark(data: bytes) -> int:
    """Return how many bytes at the end may be the beginning of a mark."""
    at = data.rfind(b"\x1b", -len(HIDE) + 1)
    # The last escape of a mark belongs to its end, so look from the first one that fits.
    for start in {at, data.rfind(b"\x1b_", -len(HIDE) + 1)}:
        tail = data[start:] if start >= 0 else b""
        if tail and (HIDE.startswith(tail) or SHOW.startswith(tail)):
            return len(tail)
    return 0
