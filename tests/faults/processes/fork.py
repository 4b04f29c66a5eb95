"""Forks again and again while four threads publish; every child publishes, too.

Its argument is JSON: see `Order`.
"""

from __future__ import annotations

import faulthandler
import json
import multiprocessing
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from diary import Diary

from realtime_widgets import Sprint
from realtime_widgets.client.publishing.outbox import at_exit

THREADS = 4
LINES_OF_A_CHILD = 3


@dataclass
class Order:
    sprint: str
    diary: str
    forks: int
    hang_s: float


def publish(diary: Diary, sprint: Sprint, stream: str, number: int) -> None:
    line = f"{stream} {number} of process {os.getpid()}"
    diary.write("calling", stream, number, line, time.monotonic())
    sprint.log(line)
    diary.write("returned", stream, number)


def publish_as_child(order: Order, name: str) -> None:
    at_exit.EXIT_S = order.hang_s
    diary, sprint = Diary(order.diary), Sprint(order.sprint)
    for number in range(1, LINES_OF_A_CHILD + 1):
        publish(diary, sprint, name, number)


def publish_for_long(order: Order, name: str, is_over: threading.Event) -> None:
    diary, sprint = Diary(order.diary), Sprint(order.sprint)
    number = 0
    while not is_over.wait(0.005):
        number += 1
        publish(diary, sprint, name, number)


def fork(order: Order, index: int) -> str:
    """Have a child publish, flush and leave as `os.fork` children do; return how it ended."""
    child = os.fork()
    if not child:
        faulthandler.dump_traceback_later(order.hang_s / 2)  # where it hangs, if it does
        publish_as_child(order, f"child{index}")
        os._exit(min(100, Sprint(order.sprint).close(order.hang_s)))
    deadline = time.monotonic() + order.hang_s
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return f"exit code {os.waitstatus_to_exitcode(status)}"
        time.sleep(0.005)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hung"


def start(order: Order, method: str) -> str:
    """Have a child of multiprocessing publish and leave without a flush."""
    child = multiprocessing.get_context(method).Process(
        target=publish_as_child, args=(order, method)
    )
    child.start()
    child.join(order.hang_s)
    if child.exitcode is None:
        child.kill()
        return "hung"
    return f"exit code {child.exitcode}"


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))
    diary = Diary(order.diary)
    is_over = threading.Event()
    threads = [
        threading.Thread(target=publish_for_long, args=(order, f"thread{index}", is_over))
        for index in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    while not Path(order.diary).read_bytes().count(b"returned") > THREADS:
        time.sleep(0.01)
    for index in range(order.forks):
        diary.write("child", fork(order, index))
    for method in ("fork", "spawn"):
        diary.write("child", start(order, method))
    is_over.set()
    for thread in threads:
        thread.join()
    diary.write("closed", Sprint(order.sprint).close(60.0))


if __name__ == "__main__":
    main()
