"""The limits of the protocol; `tests/test_docs.py` compares them with docs/protocol.md."""

from __future__ import annotations

from pathlib import Path

from realtime_widgets.protocol.limits import Limits

OUTBOX = Path(__file__).parents[2] / "frontend/src/protocol/outbox.ts"


def test_one_event_fits_into_one_message() -> None:
    limits = Limits()

    assert limits.batch_bytes <= limits.event_bytes < limits.message_bytes


def test_a_page_has_the_default_for_the_largest_event() -> None:
    assert f"const EVENT_BYTES = {Limits().event_bytes:_};" in OUTBOX.read_text(encoding="utf-8")
