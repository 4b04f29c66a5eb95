"""The limits with their defaults, against docs/protocol.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

from realtime_widgets.protocol.limits import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_welcome_of_the_page_tells_the_defaults() -> None:
    [told] = re.findall(r'"limits": (\{.*?\})', PAGE)
    limits = Limits()

    assert json.loads(told) == {name: getattr(limits, name) for name in json.loads(told)}
    assert f'"ping_s": {limits.ping_s}, "pong_s": {limits.pong_s}' in PAGE


def test_the_times_are_those_of_the_page() -> None:
    limits = Limits()

    assert f"within {limits.hello_s:g} s of the upgrade" in PAGE
    assert f"nothing came from the client for {limits.ping_s:g} s" in PAGE
    assert f"when nothing comes for {limits.pong_s:g} s more" in PAGE
    assert f"has taken nothing for {limits.stalled_s:g} s" in PAGE
    assert limits.errors_per_minute == 5


def test_one_event_fits_into_one_message() -> None:
    limits = Limits()

    assert limits.batch_bytes <= limits.event_bytes < limits.message_bytes
