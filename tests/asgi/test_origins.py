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


@pytest.mark.parametrize(
    ("host", "origin", "is_foreign"),
    [
        # As behind `proxy_set_header Host $host:$server_port` of nginx.
        ("app.example:443", "https://app.example", False),
        ("app.example:80", "http://app.example", False),
        ("app.example", "https://app.example:443", False),
        ("[::1]:443", "https://[::1]", False),
        ("app.example:443", "http://app.example", True),
        ("app.example:8443", "https://app.example", True),
        ("app.example:x", "https://app.example", True),
    ],
)
def test_a_port_that_the_scheme_means_anyway_makes_no_difference(
    host: str, origin: str, *, is_foreign: bool
) -> None:
    headers = [(b"host", host.encode()), (b"origin", origin.encode())]

    assert Origins(()).is_foreign(Connection({"headers": headers})) is is_foreign
