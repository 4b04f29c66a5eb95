"""The messages of the index channel, as a server reads them."""

from __future__ import annotations

import pytest

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.index import IndexHello, IndexPosition, parse_index_message
from realtime_widgets.protocol.messages import Ping


def test_a_hello_has_the_position_after_which_changes_are_sent() -> None:
    text = '{"type":"hello","v":1,"ticket":"t","after":{"epoch":"e","version":3}}'

    after = IndexPosition(epoch="e", version=3)
    assert parse_index_message(text) == IndexHello(v=1, ticket="t", after=after)
    assert parse_index_message('{"type":"ping"}') == Ping()


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", ErrorCode.BAD_JSON, None),
        ("[]", ErrorCode.BAD_JSON, None),
        ("{}", ErrorCode.UNKNOWN_TYPE, None),
        ('{"type":"publish"}', ErrorCode.UNKNOWN_TYPE, None),
        ('{"type":"hello"}', ErrorCode.BAD_FIELD, "v"),
        ('{"type":"hello","v":true}', ErrorCode.BAD_FIELD, "v"),
        ('{"type":"hello","v":1,"sprint_id":"run"}', ErrorCode.BAD_FIELD, "sprint_id"),
        (
            '{"type":"hello","v":1,"after":{"epoch":"e","version":-1}}',
            ErrorCode.BAD_FIELD,
            "after.version",
        ),
        (
            '{"type":"hello","v":1,"after":{"epoch":"","version":1}}',
            ErrorCode.BAD_FIELD,
            "after.epoch",
        ),
    ],
)
def test_a_message_that_is_none_is_refused_with_the_reason(
    text: str, code: ErrorCode, field: str | None
) -> None:
    with pytest.raises(InvalidEventError) as refused:
        parse_index_message(text)

    assert (refused.value.code, refused.value.field) == (code, field)
