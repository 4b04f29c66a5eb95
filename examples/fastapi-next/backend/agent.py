"""An agent that works: it looks for the words of a question in Python's standard library."""

from __future__ import annotations

import ast
import asyncio
import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets import Sprint

MODULES = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-z]*.py"))

BEST = 5
"""How many modules the answer names."""

LEAST = 4
"""The length of the shortest words that are looked for."""


async def answer(sprint: Sprint, question: str, lines: int) -> None:
    """Answer a question, and publish each step of it.

    Args:
        sprint: The run.
        question: What is looked for.
        lines: Number of log lines that are written at once before the work begins.
    """
    async with sprint:
        await _write_lines(sprint, lines)
        words = {word for word in re.findall(r"[a-z]+", question.lower()) if len(word) >= LEAST}
        sprint.log(f"looking for {', '.join(sorted(words)) or 'nothing'}")
        found = await _search(sprint, words)
        await _write_answer(sprint, found)


async def _write_lines(sprint: Sprint, lines: int) -> None:
    for number in range(1, lines + 1):
        sprint.log(f"line {number} of {lines}")
        if number % 1_000 == 0:
            await asyncio.sleep(0)


async def _search(sprint: Sprint, words: set[str]) -> list[tuple[int, str, str]]:
    """Return the modules that have most of the words, each with the first line of its text."""
    found: list[tuple[int, str, str]] = []
    with sprint.step("search"), sprint.tool("read_modules", words=sorted(words)) as tool:
        for path in sprint.track(MODULES, "read", unit="module"):
            text = await asyncio.to_thread(_text_of, path)
            score = sum(text.lower().count(word) for word in words)
            if score > 0:
                found.append((score, path.stem, text.partition("\n")[0]))
                sprint.log(f"{path.stem}: {score} matches", level="debug")
        found.sort(reverse=True)
        tool.result({"modules": len(MODULES), "matches": len(found)})
    return found[:BEST]


async def _write_answer(sprint: Sprint, found: list[tuple[int, str, str]]) -> None:
    with sprint.message("librarian") as reply:
        for piece in _pieces(found):
            reply.write(piece)
            await asyncio.sleep(0.02)  # as a model writes


def _pieces(found: list[tuple[int, str, str]]) -> Iterator[str]:
    yield "These modules are " if found else "No module is "
    yield "about it:\n\n" if found else "about it."
    for _, module, line in found:
        yield f"- `{module}`: "
        yield f"{line}\n"


def _text_of(path: Path) -> str:
    """Return the text with which a module begins, "" where it has none."""
    try:
        return ast.get_docstring(ast.parse(path.read_bytes())) or ""
    except SyntaxError:
        return ""
