"""Words and colours of the saved picture are those of the live view."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from realtime_widgets.display.look import (
    LEVEL_TONES,
    STATE_WORDS,
    STATUS_TONES,
    TONES,
    status_name,
)
from realtime_widgets.protocol.agents.entry import NodeState
from realtime_widgets.protocol.events import Status

ROOT = Path(__file__).parents[2]
WORDS = json.loads((ROOT / "tests/vectors/words.json").read_text())
NAMES = WORDS["status_names"]


def css(name: str) -> str:
    return (ROOT / f"frontend/src/{name}.css").read_text(encoding="utf-8")


def tone_of(rules: str, name: str) -> str:
    """Return the colour that the live view gives to a status or level."""
    found = re.search(rf"\.rtw-{name}[^{{}}]*\{{\s*--rtw-tone: var\(--rtw-([\w-]+)\)", rules)
    assert found
    return TONES[found[1]]


@pytest.mark.parametrize("vector", NAMES, ids=lambda v: f"{v['status']} {v['cause']}")
def test_a_status_has_the_name_in_the_vectors(vector: dict[str, Any]) -> None:
    assert status_name(vector["status"], vector["cause"]) == vector["name"]


def test_the_vectors_have_every_status() -> None:
    assert {vector["status"] for vector in NAMES} == {*get_args(Status)}


def test_a_node_of_an_agent_has_the_states_and_words_of_the_live_view() -> None:
    assert WORDS["node_states"] == STATE_WORDS
    assert set(STATE_WORDS) == {*get_args(NodeState)}


@pytest.mark.parametrize("name", TONES)
def test_a_colour_is_that_of_the_light_theme(name: str) -> None:
    assert f"--rtw-own-{name}: light-dark({TONES[name]}, " in css("ui/theme")


@pytest.mark.parametrize("status", get_args(Status))
def test_a_status_has_the_colour_of_the_live_view(status: Status) -> None:
    assert STATUS_TONES[status] == tone_of(css("view/view"), f"status-{status}")


@pytest.mark.parametrize("status", get_args(Status))
def test_the_icon_of_a_page_has_the_colour_of_the_status(status: Status) -> None:
    icon = (ROOT / "frontend/src/hosts/page/icon.ts").read_text(encoding="utf-8")

    assert f'\n  {status}: "{STATUS_TONES[status]}",\n' in icon


@pytest.mark.parametrize("level", LEVEL_TONES)
def test_a_level_has_the_colour_of_the_live_view(level: str) -> None:
    assert LEVEL_TONES[level] == tone_of(css("view/log/log-line"), f"level-{level}")


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", TONES.values())
def test_a_mark_contrasts_with_white_and_with_black(colour: str) -> None:
    """3:1, which WCAG requires of graphics; no text is in these colours."""
    mark = luminance(colour) + 0.05

    assert min(mark / 0.05, 1.05 / mark) >= 3
