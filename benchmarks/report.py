"""How answers are written down: Markdown, JSON and SVG."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.answers import Answer, number
from benchmarks.machine import HERE, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from benchmarks.answers import Cell

RESULTS = HERE / "results" / "latest.json"
README = HERE / "README.md"
IMAGES = HERE.parent / "docs" / "images"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def markdown(answer: dict[str, Any]) -> str:
    """Write an answer as it was read from JSON."""
    lines = [f"### {answer['title']}", "", f"Measured {answer['when']}.", ""]
    for note in answer["notes"]:
        lines += [f"- {note}"]
    if answer["notes"]:
        lines += [""]
    for plot in answer["plots"]:
        lines += [f"![{plot['title']}](../docs/images/bench-{plot['name']}.svg)", ""]
    for table in answer["tables"]:
        lines += [f"**{table['title']}**", ""]
        lines += _rows([table["columns"], ["---"] * len(table["columns"]), *table["rows"]])
        lines += [""]
    return "\n".join(lines)


def markdown_goals(results: dict[str, Any]) -> str:
    """Write down which targets were met."""
    from benchmarks import goals

    return "\n".join(["### Targets", "", *_rows(goals.table(results)), ""])


def _rows(rows: Iterable[Sequence[Cell]]) -> list[str]:
    return ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]


def _cell(value: Cell) -> str:
    match value:
        case None:
            return "-"
        case float():
            return number(value)
        case int():
            return f"{value:,}"
        case _:
            return value


def as_json(answer: Answer, *, is_quick: bool) -> dict[str, Any]:
    """An answer with when and where it was measured."""
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    return {
        "when": when + (", in the quick round, whose figures mean little" if is_quick else ""),
        "machine": describe(),
        **asdict(answer),
    }


def keep(answer: dict[str, Any]) -> None:
    """Put an answer into the last results, the README and the pictures."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[answer["name"]] = answer
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    draw(answer, IMAGES)
    write_readme(results)


def rewrite() -> None:
    """Make README and pictures from the last results, without measuring."""
    results = json.loads(RESULTS.read_text())
    for answer in results.values():
        draw(answer, IMAGES)
    write_readme(results)


def draw(answer: dict[str, Any], folder: Path) -> None:
    """Make the pictures of an answer."""
    from benchmarks.plots import draw_plot

    folder.mkdir(parents=True, exist_ok=True)
    for plot in answer["plots"]:
        draw_plot(plot, folder / f"bench-{plot['name']}.svg")


def write_readme(results: dict[str, Any]) -> None:
    """Replace the last results in the README."""
    from benchmarks.questions import NAMES

    text = README.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    known = [results[name] for name in NAMES if name in results]
    machines = {json.dumps(answer["machine"]): answer["machine"] for answer in known}
    lines = [""]
    for machine in machines.values():
        lines += [f"- {name}: {value}" for name, value in machine.items()]
        lines += [""]
    lines += [markdown_goals(results)]
    body = "\n".join(lines) + "\n" + "\n".join(markdown(answer) for answer in known)
    README.write_text(before + BEGIN + "\n" + body + END + after)
