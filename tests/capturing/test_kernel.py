"""`sprint.capture()` in a real kernel, whose streams are no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.capturing.program import FLOOD
from tests.client.hub_server import HubServer

if TYPE_CHECKING:
    from tests.kernel import Kernel

LAST = "xxxxx\n"
"""What C code prints, which a kernel shows a moment later."""


def block(name: str, body: str) -> str:
    """A cell that captures the body."""
    return f"with Sprint({name!r}, show=False) as sprint, sprint.capture():\n    {body}"


@pytest.mark.parametrize("kind", ["auto", "notebook", "std"])
def test_an_unchanged_cell_is_published_once_and_shows_the_same(kernel: Kernel, kind: str) -> None:
    body = f"work({kind!r}, flood=5)"
    plain = kernel.run(body, prints=LAST)
    captured = kernel.run(block(f"cell-{kind}", body), prints=LAST)

    assert captured.text["stderr"] == plain.text["stderr"]
    assert captured.shown == plain.shown
    # The order of what children and Python print is not always the same in a kernel.
    both = [sorted(cell.text["stdout"].splitlines()) for cell in (plain, captured)]
    assert both[0] == both[1]
    events = kernel.value(f"published('cell-{kind}')")
    lines = [event[3] for event in events if len(event) == 4]
    assert sorted(line for line in lines if "\n" not in line) == sorted(
        [*both[0], "to stderr", "of a logger"]
    )
    assert [line.rpartition("\n")[2] for line in lines if "KeyError" in line] == ["KeyError: 0"]
    assert sum("UserWarning: of a warning" in line for line in lines) == 1
    assert [event for event in events if len(event) == 5] == [
        ("inner", "outer", 3, 3, "succeeded"),
        ("inner", "outer", 3, 3, "succeeded"),
        ("outer", None, 2, 2, "succeeded"),
    ]


def test_c_code_that_holds_the_interpreter_may_print_more_than_a_pipe_holds(kernel: Kernel) -> None:
    cell = kernel.run(block("flood", "work()"))

    assert cell.text["stdout"].count("x") == FLOOD
    lines = [event[3] for event in kernel.value("published('flood')") if len(event) == 4]
    assert sum(len(line) for line in lines if line.strip("x") == "") == FLOOD


PRINTS = """
def prints(number=2_000):
    start = time.process_time()
    for _ in range(number):
        print("a line of a usual length, as programs print them")
    return (time.process_time() - start) / number

plain = min(prints() for _ in range(5))
with Sprint("costs", show=False) as sprint, sprint.capture():
    captured = min(prints() for _ in range(5))
cost_us = (captured - plain) * 1e6
"""


@pytest.mark.long
def test_capture_costs_a_print_at_most_30_us_of_the_processor(kernel: Kernel) -> None:
    kernel.run(PRINTS)

    cost_us = kernel.value("cost_us")
    print(f"capture costs a print {cost_us:.1f} µs")  # noqa: T201 - with `pytest -s`
    assert cost_us <= 30


def test_bars_of_four_processes_in_a_kernel_are_shown_and_published_once(kernel: Kernel) -> None:
    with HubServer() as server:
        sprint = f"Sprint('forked', show=False, server={server.argument!r})"
        plain = kernel.run("processes()")
        captured = kernel.run(f"with {sprint} as sprint, sprint.capture():\n    processes()")
        events = server.events("forked")

    assert captured.text == plain.text
    ended = [event["task"] for event in events if event.get("state") == "succeeded"]
    assert ended == [f"process {number}" for number in range(4)]
    assert [event for event in events if event["type"] == "log"] == []


def test_an_interrupt_restores_the_streams(kernel: Kernel) -> None:
    cell = kernel.run(
        "before = [vars(each).get('write') for each in (sys.stdout, sys.stderr)]\n"
        "try:\n"
        "    with Sprint('interrupted', show=False) as sprint, sprint.capture():\n"
        "        print('ready'); time.sleep(600)\n"
        "except KeyboardInterrupt:\n"
        "    print(before == [vars(each).get('write') for each in (sys.stdout, sys.stderr)])",
        interrupt_at="ready",
    )

    assert cell.text == {"stdout": "ready\nTrue\n"}
