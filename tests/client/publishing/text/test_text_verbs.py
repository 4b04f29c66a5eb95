"""Printing to a run, and its streams for consoles."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.progress import Progress

from realtime_widgets import UnknownRunError, history
from realtime_widgets.client.publishing.text import text_feed
from tests.client.reading import lines, published
from tests.waiting import wait_until

if TYPE_CHECKING:
    from realtime_widgets import Sprint


def test_lines_have_the_level_of_their_method(sprint: Sprint) -> None:
    sprint.info("one")
    sprint.warning("two", "loader")
    sprint.error(3)

    assert published(sprint) == [
        {"type": "log", "message": "one", "level": "info"},
        {"type": "log", "message": "two", "level": "warning", "source": "loader"},
        {"type": "log", "message": "3", "level": "error"},
    ]


def test_what_is_printed_to_a_run_is_a_line_each(sprint: Sprint) -> None:
    print("loading", 3, "files", file=sprint)
    print("a\nb", file=sprint)
    sprint.log("after")

    assert lines(sprint) == ["loading 3 files", "a", "b", "after"]


def test_a_line_without_an_end_is_published_at_the_end_of_the_block(sprint: Sprint) -> None:
    with sprint:
        print("half", end="", file=sprint)
        print(" a line", end="", file=sprint)

    assert lines(sprint) == ["half a line"]


def test_of_a_redrawn_line_the_last_form_is_kept(sprint: Sprint) -> None:
    for percent in range(0, 101, 10):
        print(f"\r{percent} %", end="", file=sprint)
    print(file=sprint)

    assert lines(sprint) == ["100 %"]


def test_a_line_without_any_end_is_bounded(sprint: Sprint) -> None:
    sprint.write("x" * 40_000)

    assert [len(line) for line in lines(sprint)] == [16_384, 16_384, 7_232]


def test_threads_that_print_at_the_same_time_have_a_line_each(sprint: Sprint) -> None:
    both = threading.Barrier(2)

    def work(word: str) -> None:
        print(word, end=" ", file=sprint)
        both.wait()
        print(word, file=sprint)

    threads = [threading.Thread(target=work, args=(word,)) for word in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(lines(sprint)) == ["a a", "b b"]


def test_what_is_no_text_is_refused(sprint: Sprint) -> None:
    with pytest.raises(TypeError, match="`text` must be a str, not bytes"):
        sprint.write(b"x")  # type: ignore[arg-type]  # the mistake is the test


def test_bars_of_rich_are_published_in_their_last_form(sprint: Sprint) -> None:
    with sprint:
        console = Console(file=sprint.stream("rich"), force_terminal=True, width=80)
        with Progress(console=console, auto_refresh=False) as progress:
            tasks = [progress.add_task(name, total=50) for name in ("first", "second")]
            for _ in range(50):
                for task in tasks:
                    progress.update(task, advance=1, refresh=True)

    found = [event for event in published(sprint) if event["type"] == "log"]
    assert [event["source"] for event in found] == ["rich", "rich"]
    assert all("100%" in event["message"] for event in found)


def test_lines_of_a_stream_are_published_while_it_is_open(sprint: Sprint) -> None:
    stream = sprint.stream("tool", level="warning")
    print("hello", file=stream)

    wait_until(lambda: lines_so_far(sprint) == ["hello"], "the line is published")
    assert published(sprint)[0]["level"] == "warning"


def lines_so_far(sprint: Sprint) -> list[str]:
    """What is stored; `flush` would publish lines that wait."""
    try:
        return [event.message for event in history(sprint.sprint_id)]
    except UnknownRunError:
        return []


def test_a_closed_stream_publishes_what_waits_and_takes_no_more(sprint: Sprint) -> None:
    stream = sprint.stream()
    stream.write("the end")
    stream.close()

    assert lines(sprint) == ["the end"]
    with pytest.raises(ValueError, match="this stream is closed"):
        stream.write("more")


def test_a_flood_is_processed_by_its_writer(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_feed, "MAX_PIECES", 10)
    stream = sprint.stream()

    for number in range(1_000):
        stream.write(f"{number}\n")

    assert lines(sprint) == [str(number) for number in range(1_000)]
