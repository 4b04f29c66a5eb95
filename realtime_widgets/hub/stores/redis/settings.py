"""The settings of the Redis store, and what it is made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from realtime_widgets.errors import StoreError
from realtime_widgets.hub.stores.redis.address import RedisAddress, read_password, take_password
from realtime_widgets.hub.stores.run_retention import RunRetention
from realtime_widgets.settings import setting

if TYPE_CHECKING:
    from realtime_widgets.hub.stores.base import Store

__all__ = ["RedisSettings"]

RUN_BYTES = 32 * 1024 * 1024
"""What is kept of the events and of the blobs of one run where nothing else is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Where Redis is, how to log in, and what an acknowledgement means."""

    url: str = setting(
        "redis://127.0.0.1:6379/0",
        "Where Redis or Valkey is: `redis://HOST:PORT/DB`, `rediss://HOST:PORT/DB` with TLS, "
        "`unix:///PATH?db=DB`, or `redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/DB` and "
        "`rediss+sentinel://` where Sentinel knows the primary.",
    )
    username: str = setting("", "The ACL user at Redis. Default: the user `default`.")
    password_file: str = setting(
        "",
        "A file that holds the password for Redis. Without it the password is taken from the "
        "environment variable `REALTIME_WIDGETS_REDIS_PASSWORD`, which is removed from the "
        "environment, so that kernels and terminals do not have it.",
    )
    sentinel_username: str = setting("", "The ACL user at Sentinel. Default: the user `default`.")
    sentinel_password_file: str = setting(
        "", "A file that holds the password for Sentinel. Default: Sentinel has none."
    )
    ca_file: str = setting(
        "", "A file of certificates that are trusted for `rediss://`. Default: the system's."
    )
    certificate: str = setting("", "A file of a client certificate for `rediss://`.")
    key: str = setting("", "The file of the key of `redis_certificate`.")
    prefix: str = setting(
        "rw",
        "What the names of all keys begin with: 1 to 32 of the characters a-z, 0-9, `.` and `-`. "
        "Servers with the same prefix share their runs.",
    )
    replicas: int = setting(
        0,
        "How many replicas of Redis have to have an event before it is acknowledged.",
        least=0,
    )
    timeout_s: float = setting(
        5.0,
        "Seconds without an answer after which the connection to Redis counts as lost.",
        least=0.5,
    )

    def address(self) -> RedisAddress:
        """Return where Redis is, with the password, which is removed from the environment.

        Raises:
            StoreError: A setting is wrong, or the file of the password cannot be read.
        """
        return RedisAddress(
            url=self.url,
            username=self.username,
            password=take_password(self.password_file),
            sentinel_username=self.sentinel_username,
            sentinel_password=read_password(
                "redis_sentinel_password_file", self.sentinel_password_file
            ),
            ca_file=self.ca_file,
            certificate=self.certificate,
            key=self.key,
            prefix=self.prefix,
        )

    def new_store(self, address: RedisAddress, retention: RunRetention) -> Store:
        """Return a store that is not open yet.

        Args:
            address: From `address`.
            retention: What is kept of one run.

        Raises:
            StoreError: The package that reads the protocol of Redis is not installed.
        """
        try:
            from realtime_widgets.hub.stores.redis.store import RedisStore
        except ModuleNotFoundError as error:
            if error.name != "hiredis":
                raise
            words = "the store `redis` needs: pip install 'realtime-widgets[redis]'"
            raise StoreError(words) from None
        unset = RunRetention()
        if retention.size_bytes == unset.size_bytes:
            retention = replace(retention, size_bytes=RUN_BYTES)
        if retention.blobs_bytes == unset.blobs_bytes:
            retention = replace(retention, blobs_bytes=RUN_BYTES)
        return RedisStore(
            address, retention=retention, replicas=self.replicas, timeout_s=self.timeout_s
        )
