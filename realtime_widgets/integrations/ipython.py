"""Cells that are runs: `%load_ext realtime_widgets`, then `%%sprint NAME` as the first line.

Theory of operation. The line is no cell magic: that would run the rest of the cell itself and lose
`await`, the value of the last expression and the numbers of lines. It is removed before the cell is
compiled, and the run begins and ends in the hooks that IPython calls around each cell.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import cell_magic

from realtime_widgets import InvalidSprintIdError, Sprint

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

__all__ = ["load", "unload"]

USAGE = "%%sprint [NAME] [--capture]"
_LINE = re.compile(r"%%sprint(?:\s+(?P<arguments>.*))?\s*")


@dataclass
class _Begun:
    """The run of a cell that has begun."""

    info: ExecutionInfo
    blocks: ExitStack


class _Cells:
    """The hooks in a shell of IPython."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._begun: list[_Begun] = []
        """Of cells that run, the innermost last."""
        self.hooks: list[tuple[str, Callable[..., None]]] = [
            ("pre_run_cell", self.begin),
            ("post_run_cell", self.end),
        ]

    def remove_line(self, lines: list[str]) -> list[str]:
        """Return a cell without the line.

        Raises:
            UsageError: What follows the name of the magic is wrong.
        """
        if not lines or not _LINE.fullmatch(lines[0]):
            return lines
        try:
            _parse(lines[0])
        except (InvalidSprintIdError, ValueError) as error:
            raise UsageError(f"{error} (usage: {USAGE})") from None
        rest = lines[1:]
        # Another magic has to be in the first line; else the numbers of lines stay.
        return rest if rest and rest[0].startswith("%%") else ["\n", *rest]

    def begin(self, info: ExecutionInfo) -> None:
        """Begin the run of a cell that has the line."""
        first = next((line for line in str(info.raw_cell).splitlines() if line.strip()), "")
        if not _LINE.fullmatch(first.strip()):
            return
        try:
            name, captures = _parse(first.strip())
        except (InvalidSprintIdError, ValueError):
            return  # the cell does not run
        sprint = Sprint(name)
        with ExitStack() as blocks:
            blocks.enter_context(sprint)
            if captures:
                blocks.enter_context(sprint.capture())
            self._begun.append(_Begun(info, blocks.pop_all()))

    def end(self, result: ExecutionResult | None) -> None:
        """End the run of a cell by what the cell raised; None where it was cancelled."""
        if not self._begun or (result is not None and self._begun[-1].info is not result.info):
            return
        blocks = self._begun.pop().blocks
        error = (
            asyncio.CancelledError()
            if result is None
            else result.error_before_exec or result.error_in_exec
        )
        if error is None:
            blocks.close()
            return
        whole = error.__traceback__
        error.__traceback__ = self._from_cell(whole)
        try:
            blocks.__exit__(type(error), error, error.__traceback__)
        finally:
            error.__traceback__ = whole

    def _from_cell(self, traceback: Any) -> Any:  # noqa: ANN401 - the types of tracebacks are many
        """Return a traceback without the calls of IPython around the cell."""
        inner = traceback
        while inner is not None and inner.tb_frame.f_globals is not self._shell.user_global_ns:
            inner = inner.tb_next
        return inner or traceback


def _parse(line: str) -> tuple[str | None, bool]:
    """Return the name of the run, if the line has one, and whether it captures.

    Raises:
        InvalidSprintIdError: The name breaks the rule of names.
        ValueError: There is an unknown option, or more than one name.
    """
    match = _LINE.fullmatch(line)
    words = shlex.split((match and match["arguments"]) or "")
    options = [word for word in words if word.startswith("-")]
    names = [word for word in words if not word.startswith("-")]
    for option in options:
        if option != "--capture":
            raise ValueError(f"%%sprint has no option {option!r}")
    if len(names) > 1:
        raise ValueError(f"%%sprint takes one name, and got {len(names)}")
    for name in names:
        Sprint(name)  # which checks it
    return (names[0] if names else None), bool(options)


def load(shell: InteractiveShell) -> None:
    """Add `%%sprint` to a shell."""
    unload(shell)
    cells = _Cells(shell)
    transforms = shell.input_transformer_manager.cleanup_transforms
    at = transforms.index(cell_magic) if cell_magic in transforms else len(transforms)
    transforms.insert(at, cells.remove_line)
    for name, hook in cells.hooks:
        shell.events.register(name, hook)


def unload(shell: InteractiveShell) -> None:
    """Remove `%%sprint` from a shell."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    for transform in tuple(transforms):
        cells = getattr(transform, "__self__", None)
        if isinstance(cells, _Cells):
            transforms.remove(transform)
            for name, hook in cells.hooks:
                shell.events.unregister(name, hook)
