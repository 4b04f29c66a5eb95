"""A host that is a program with a port."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from tests.environment import jupyter_environment
from tests.waiting import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

STOP_S = 15.0
"""How long it may take to end before it is killed."""

LOG_TAIL_CHARACTERS = 4_000


class Served:
    """Runs from `__enter__`, which waits until it answers, to `__exit__`.

    Args:
        command: The program.
        folder: Where it runs, and for all that it writes.
        url: What it answers at.
        environment: Variables besides those of `jupyter_environment`.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        url: str,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._folder = folder
        self._environment = environment or {}
        self._log = folder / "host.log"
        self.url = url

    @property
    def pid(self) -> int:
        """Of the process that is running."""
        return self._process.pid

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=jupyter_environment(self._folder) | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self._answers, f"{self.url} answers")
        except BaseException as error:
            error.add_note(f"The end of its log:\n{self.log_tail()}")
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:]

    def _answers(self) -> bool:
        assert self._process.poll() is None, "it has ended"
        try:
            # A proxy of the environment must not be used for a loopback address.
            build_opener(ProxyHandler({})).open(self.url, timeout=PATIENCE_S).close()
        except HTTPError:
            return True  # any answer will do
        except OSError:
            return False
        return True
