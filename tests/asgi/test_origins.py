"""Pages whose requests an app takes."""

from __future__ import annotations

import pytest

from realtime_widgets.asgi.origins import Origins
from realtime_widgets.asgi.request import Connection


@pytest.mark.parametrize(
    ("origin", "allowed", "is_foreign"),
    [
        (None, (), False),
        ("http://app.example:8000", (), False),
        ("https://APP.example:8000", (), False),
        ("http://app.example", (), True),
        ("http://app.example.evil.example:8000", (), True),
        ("null", (), True),
        ("http://[", (), True),
        ("", (), True),
        ("https://other.example", ("https://other.example",), False),
        ("https://other.example.evil", ("https://other.example",), True),
        ("https://any.example", ("*",), False),
    ],
)
def test_an_origin_is_foreign_unless_it_is_the_hosts_own_or_allowed(
    origin: str | None, allowed: tuple[str, ...], *, is_foreign: bool
) -> None:
    headers = [(b"host", b"app.example:8000")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    request = Connection({"headers": headers})

    assert Origins(allowed).is_foreign(request) is is_foreign
