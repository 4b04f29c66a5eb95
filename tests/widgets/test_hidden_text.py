"""Hidden characters are shown as marks, as the vectors of both languages say."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from realtime_widgets.widgets._hidden_text import mark_hidden

DOCUMENT = json.loads((Path(__file__).parents[1] / "vectors/hidden.json").read_text())
VECTORS = [pytest.param(vector, id=vector["name"]) for vector in DOCUMENT["vectors"]]

LONE_SURROGATES = range(0xD800, 0xE000)


@pytest.mark.parametrize("vector", VECTORS)
def test_m2_text_is_marked_as_the_vectors_say(vector: dict[str, str]) -> None:
    assert mark_hidden(vector["given"]) == vector["then"]


def test_m2_between_letters_every_hidden_character_and_no_other_is_marked() -> None:
    hidden = {
        code
        for first, last in DOCUMENT["hidden"]
        for code in range(int(first, 16), int(last, 16) + 1)
    }
    marked = {
        code
        for code in range(sys.maxunicode + 1)
        if code not in LONE_SURROGATES and mark_hidden(f"a{chr(code)}b") != f"a{chr(code)}b"
    }

    assert marked == hidden
