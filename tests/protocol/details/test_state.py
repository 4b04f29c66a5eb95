"""The bounds of the details of a state."""

from __future__ import annotations

from realtime_widgets.protocol.details.event import Details, Setting
from realtime_widgets.protocol.details.state import MAX_CHARACTERS, RunDetails


def config_of(*given: dict[str, Setting]) -> RunDetails:
    details = RunDetails()
    for config in given:
        details.add(Details(type="details", config=config))
    return details


def test_settings_beyond_the_bounds_are_left_out_and_that_is_known() -> None:
    first = {f"a{number}": number for number in range(150)}
    many = config_of(first, {f"b{number}": number for number in range(100)})
    long = config_of({f"text{number}": "x" * 1_000 for number in range(20)})

    assert (len(many.config), many.has_more) == (200, True)
    assert sum(len(name) + 1_000 for name in long.config) <= MAX_CHARACTERS
    assert long.has_more


def test_a_setting_that_is_replaced_takes_no_further_space() -> None:
    details = config_of(*({"text": "x" * 1_000} for _ in range(40)))

    assert not details.has_more
    assert list(details.config) == ["text"]
