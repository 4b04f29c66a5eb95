"""The setting `webhooks`: what it takes, and the errors for what it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.service.webhooks.settings import webhooks_of

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://hooks.example.org/services/T0/B0"


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    path = tmp_path / "secret"
    path.write_bytes(b"0123456789abcdef\n")
    return str(path)


def test_a_webhook_has_all_events_and_no_private_address_by_default(secret_file: str) -> None:
    (hook,) = webhooks_of([{"url": URL, "secret_file": secret_file}])

    assert hook.secret == b"0123456789abcdef"
    assert hook.events == ["succeeded", "failed", "cancelled", "lost", "needs_input"]
    assert not hook.allow_private
    assert "0123456789abcdef" not in repr(hook)
    assert hook.place == "https://hooks.example.org"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "ftp://example.org/"}, r"webhooks\[0\]\.url: it begins with https://"),
        ({"url": "https:///path"}, r"webhooks\[0\]\.url: it begins with https://"),
        ({"url": "https://u:pass@example.org/"}, r"webhooks\[0\]\.url: it has no user"),
        ({"url": "https://example.org/\r\nHost: x"}, r"webhooks\[0\]\.url: it is ASCII"),
        ({"url": "https://example.org:99999/"}, r"webhooks\[0\]\.url: "),
        ({"url": "https://" + "x" * 2_048}, r"webhooks\[0\]\.url: .* at most 2,048"),
        ({"url": "https://hooks..example.org/"}, r"webhooks\[0\]\.url: a part of its host"),
        ({"url": f"https://{'x' * 64}.example.org/"}, r"webhooks\[0\]\.url: a part of its host"),
        ({"url": 5}, r"webhooks\[0\]\.url: it is a text"),
        ({"events": ["exploded"]}, r"webhooks\[0\]\.events\[0\]"),
        ({"events": []}, r"webhooks\[0\]\.events"),
        ({"allow_private": "yes"}, r"webhooks\[0\]\.allow_private"),
        ({"secret": "x"}, r"webhooks\[0\]\.secret: Extra inputs"),
        ({"secret_file": "/no/such/file"}, r"webhooks\[0\]\.secret_file: .* cannot be read"),
        ({"secret_file": 7}, r"webhooks\[0\]\.secret_file: it is the path"),
    ],
)
def test_the_error_names_the_field(secret_file: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        webhooks_of([{"url": URL, "secret_file": secret_file} | fields])

    assert "T0/B0" not in str(caught.value)
    assert "pass" not in str(caught.value).replace("password", "")


def test_a_short_and_a_huge_secret_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    for content in (b"short", b"x" * 5_000):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="16 to 4,096 bytes"):
            webhooks_of([{"url": URL, "secret_file": str(path)}])


def test_there_are_at_most_20(secret_file: str) -> None:
    with pytest.raises(ValueError, match="20"):
        webhooks_of([{"url": URL, "secret_file": secret_file}] * 21)
