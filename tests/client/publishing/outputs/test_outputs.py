"""`sprint.show`: the event that it publishes."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets import InvalidEventError, Sprint
from tests.client.reading import published, state


def shown(sprint: Sprint) -> list[tuple[Any, Any, Any]]:
    """Name, caption and data of all outputs."""
    return [
        (event.get("name"), event.get("caption"), event["data"])
        for event in published(sprint)
        if event["type"] == "output"
    ]


def test_the_log_keeps_all_outputs_and_the_state_the_newest_of_a_name(sprint: Sprint) -> None:
    sprint.show("first", name="note")
    sprint.show("second", "note", caption="again")
    sprint.show("unnamed")

    assert [(name, caption) for name, caption, _ in shown(sprint)] == [
        ("note", None),
        ("note", "again"),
        (None, None),
    ]
    assert [output["caption"] for output in state(sprint)["outputs"]] == ["again", None]


def test_names_and_captions_are_cut(sprint: Sprint) -> None:
    sprint.show("x", name="n" * 200, caption="c" * 1_000)
    sprint.show("x", name="", caption=3)
    sprint.show("x", name="\ud800")

    (long, words, _), empty, lone = shown(sprint)
    assert len(long) == 128
    assert "more characters" in words
    assert len(words) <= 256
    assert empty[:2] == ("unnamed", "3")
    assert lone[0] == "\ufffd"


def test_what_is_missing_is_written_behind_the_caption(sprint: Sprint) -> None:
    sprint.show("a" * 9_000_000, caption="all of it")

    ((_, caption, data),) = shown(sprint)
    assert caption == "all of it [text of 9,000,000 characters cut]"
    assert "more characters" in data["text/plain"]


def test_strictly_it_raises() -> None:
    strict = Sprint("strict", server="embedded", strict=True, show=False)

    with pytest.raises(InvalidEventError, match="9,000,000 characters cut"):
        strict.show("a" * 9_000_000)
