"""Publishes a copy of what a command writes, as `Sprint.run` publishes what it reads."""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING, Self

from realtime_widgets.client.publishing.commands.command_output import CommandOutput

if TYPE_CHECKING:
    from types import TracebackType

    from realtime_widgets._sprint import Sprint
    from realtime_widgets.client.publishing.commands.command_output import StreamName

__all__ = ["CopiedOutput"]


class CopiedOutput:
    """Takes pieces of output, and publishes their lines until the end of the block.

    Args:
        sprint: The run.
        source: The source of the lines.
        is_joined: Whether both streams are one, as on a terminal.
    """

    def __init__(self, sprint: Sprint, source: str, *, is_joined: bool) -> None:
        names: dict[int, StreamName] = {1: None} if is_joined else {1: None, 2: "stderr"}
        self._writers: dict[int, int] = {}
        streams: list[tuple[IO[bytes], StreamName]] = []
        for number, name in names.items():
            reader, self._writers[number] = os.pipe()
            streams.append((open(reader, "rb", buffering=0), name))  # noqa: PTH123, SIM115 - a descriptor, closed at its end
        self._output = CommandOutput(sprint.log, source, streams)

    def copy(self, number: int, data: bytes) -> None:
        """Take a piece of the output.

        Args:
            number: 1 for stdout, 2 for stderr.
            data: What was written.
        """
        with contextlib.suppress(BrokenPipeError):  # publishing has failed, and has logged it
            while data:
                data = data[os.write(self._writers[number], data) :]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for writer in self._writers.values():
            os.close(writer)
        self._output.settle()
