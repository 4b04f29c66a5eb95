"""The limits of the protocol; `tests/test_docs.py` compares them with docs/protocol.md."""

from __future__ import annotations

from realtime_widgets.protocol.limits import Limits


def test_one_event_fits_into_one_message() -> None:
    limits = Limits()

    assert limits.batch_bytes <= limits.event_bytes < limits.message_bytes
