"""A program that prints, logs and draws in all ways: `work` is what tests capture."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings

FLOOD = 200_000
"""Bytes that C code prints in one call that holds the lock of the interpreter."""

BAR = {"bar_format": "{desc} {n_fmt}/{total_fmt}", "mininterval": 0}


def in_process(number: int) -> None:
    from tqdm import tqdm

    with tqdm(total=2, desc=f"process {number}", file=sys.stderr, **BAR) as bar:
        bar.update(2)


def processes() -> None:
    context = multiprocessing.get_context("fork")
    for number in range(4):
        process = context.Process(target=in_process, args=(number,))
        process.start()
        process.join()


def work(kind: str = "auto", flood: int = FLOOD) -> None:
    bars = __import__(f"tqdm.{kind}", fromlist=["tqdm"])

    # One write for a line: between the two of `print`, a kernel may show what a child has printed.
    sys.stdout.write("from Python\n")
    print("to stderr", file=sys.stderr)
    sys.stdout.flush()
    os.system("echo from a shell")  # noqa: S605, S607 - the test is about it
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    sys.stdout.write("after the children\n")
    sys.stdout.flush()
    os.write(1, b"from os.write\n")
    ctypes.PyDLL(None).printf(b"%s\n", b"x" * flood)
    ctypes.PyDLL(None).fflush(None)
    logging.getLogger("program.part").warning("of a logger")
    warnings.warn("of a warning", stacklevel=1)
    dying = threading.Thread(target=lambda: {}[0], name="dying")
    dying.start()
    dying.join()
    for _ in bars.tqdm(range(2), desc="outer", **BAR):
        for _ in bars.tqdm(range(3), desc="inner", leave=False, **BAR):
            pass
    sys.stdout.write("at the end\n")


def published(sprint_id: str) -> list[tuple[object, ...]]:
    """Level, source, stream and message of each line; name, parent, progress of each task's end."""
    from realtime_widgets import history

    found: list[tuple[object, ...]] = []
    for event in history(sprint_id):
        if event.type == "log":
            found.append((event.level, event.source, event.stream, event.message))
        elif event.type == "build_progress" and event.state != "running":
            found.append((event.task, event.parent, event.current, event.total, event.state))
    return found
