"""Runs the questions: `benchmarks/run [QUESTION...] [--quick] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.machine import busy_share
from benchmarks.questions import NAMES
from benchmarks.report import as_json, draw, keep, markdown, markdown_goals, rewrite
from benchmarks.rounds import Effort, print_progress

TOO_BUSY = 0.3


def main() -> None:
    """Ask, print the tables, and keep the results of a long round."""
    words = _read_words()
    if words.rewrite:
        rewrite()
        return
    if busy_share() > TOO_BUSY:
        print_progress(
            "this machine is busy with something else: believe ratios and CPU times only"
        )
    answers: dict[str, Any] = {}
    failed = []
    for name in words.questions or NAMES:
        answer = _ask(name, Effort(words.quick))
        if answer is None:
            failed.append(name)
            continue
        answers[name] = answer
        print(markdown(answer), flush=True)
        if not words.quick:
            keep(answer)
        if words.json:
            words.json.write_text(json.dumps(answers, indent=1) + "\n")
        if words.plots:
            draw(answer, words.plots)
    print(markdown_goals(answers))
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _read_words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="short, to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answers there as well")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw there as well")
    parser.add_argument(
        "--rewrite", action="store_true", help="only make README and plots from the last results"
    )
    words = parser.parse_args()
    unknown = set(words.questions) - set(NAMES)
    if unknown:
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    return words


def _ask(name: str, effort: Effort) -> dict[str, Any] | None:
    """Ask one question; None where it failed, which must not cost the others."""
    print_progress(f"== {name}")
    question = import_module(f"benchmarks.questions.{name}")
    try:
        return as_json(question.ask(effort), is_quick=effort.is_quick)
    except Exception as error:  # noqa: BLE001 - it is printed, and the next one runs
        print_progress(f"{name} failed: {type(error).__name__}: {error}")
        return None


if __name__ == "__main__":
    main()
