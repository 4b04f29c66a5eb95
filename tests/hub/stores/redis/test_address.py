"""Where Redis is, and its password, which no other process gets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.stores.redis.address import PASSWORD_VARIABLE, RedisAddress
from realtime_widgets.hub.stores.redis.settings import RedisSettings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_password_is_taken_out_of_the_environment_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "secret")

    address = RedisSettings().address()

    assert PASSWORD_VARIABLE not in os.environ
    assert address.login == ["default", "secret"]
    assert "secret" not in repr(address) + address.shown


def test_the_password_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    settings = RedisSettings(username="rwapp", password_file=str(tmp_path / "password"))

    assert settings.address().login == ["rwapp", "secret"]
    for wrong in ("password_file", "sentinel_password_file"):
        with pytest.raises(StoreError, match=f"redis_{wrong}: the file cannot be read"):
            RedisSettings(**{wrong: str(tmp_path / "none")}).address()


def test_a_password_in_the_url_is_used_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    address = RedisAddress(url="redis://rwapp:s%40@example.org:7000/3")

    assert (address.login, address.database) == (["rwapp", "s@"], 3)
    assert address.shown == "example.org:7000"
    assert "has a password" in caplog.text
    assert "s%40" not in caplog.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "http://example.org"}, "redis_url: the scheme 'http'"),
        ({"url": "redis://example.org/x"}, "the database 'x' is no number"),
        ({"url": "redis://example.org:x/0"}, "redis_url: the port is a number"),
        ({"url": "redis+sentinel://a:1,b:99999/runs"}, "redis_url: the port is a number"),
        ({"url": "redis+sentinel://[::1"}, "redis_url is no URL"),
        ({"url": "redis+sentinel://a,b"}, "the name of the service is missing"),
        ({"url": "redis+sentinel://a,b/runs/x"}, "the database 'x' is no number"),
        ({"prefix": "Big"}, "redis_prefix='Big'"),
        ({"prefix": ""}, "redis_prefix=''"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        RedisSettings(**wrong).address()


def test_a_path_is_a_socket() -> None:
    address = RedisAddress(url="unix:///run/redis.sock?db=2")

    assert (address.shown, address.database, address.tls()) == ("/run/redis.sock", 2, None)


def test_an_address_of_version_6_is_read() -> None:
    assert RedisAddress(url="redis://[::1]:7000/0").places == [("::1", 7000)]


def test_the_url_of_sentinels_has_their_places_and_the_service(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    address = RedisSettings(
        url="rediss+sentinel://rwapp:s%40@one.example.org,two.example.org:7000/run%20store/3",
        sentinel_username="watcher",
        sentinel_password_file=str(tmp_path / "password"),
    ).address()

    assert address.is_sentinel
    assert (address.service, address.database) == ("run store", 3)
    assert address.places == [("one.example.org", 26379), ("two.example.org", 7000)]
    assert address.login == ["rwapp", "s@"]
    assert address.sentinel_login == ["watcher", "secret"]
    assert address.tls() is not None
    assert not any(each in address.shown for each in ("s@", "s%40", "secret"))
    assert "secret" not in repr(address)


def test_a_missing_file_of_certificates_is_reported() -> None:
    with pytest.raises(StoreError, match="TLS files"):
        RedisAddress(url="rediss://example.org", ca_file="/none").tls()
