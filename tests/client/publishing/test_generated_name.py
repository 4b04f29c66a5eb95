"""Names of runs that were given none."""

from __future__ import annotations

import re

from realtime_widgets import Sprint
from realtime_widgets.client.publishing import generated_name
from realtime_widgets.protocol.ids import is_sprint_id
from tests.client.reading import lines


def test_a_run_without_a_name_gets_a_readable_one() -> None:
    sprint = Sprint()
    sprint.log("hello")

    assert re.fullmatch(r"[a-z]+-[a-z]+-[0-9a-f]{6}", sprint.sprint_id)
    assert lines(sprint) == ["hello"]


def test_two_runs_without_a_name_have_different_ones() -> None:
    assert Sprint().sprint_id != Sprint().sprint_id


def test_the_longest_generated_name_is_a_valid_one() -> None:
    adjective = max(generated_name.ADJECTIVES, key=len)
    noun = max(generated_name.NOUNS, key=len)

    assert is_sprint_id(f"{adjective}-{noun}-ffffff")
