"""The tests of two servers find bugs: each turns one of them red."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.hub.leases import Leases
from realtime_widgets.hub.stores.redis import store as store_module
from realtime_widgets.hub.stores.redis.follow import CommitFollower
from realtime_widgets.hub.stores.redis.replicas import Replicas
from tests.redis_server import RedisServer

from . import test_store as tests

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.long

RED_S = 10.0
"""A test that waits for so long is red: without a bug each takes less than 3 s."""


def compare_after_the_first_append(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CommitFollower, "names", property(lambda _: []))


def take_the_head_for_announced(patch: pytest.MonkeyPatch) -> None:
    async def at_once(*_: object) -> None:
        pass

    patch.setattr(CommitFollower, "until_announced", at_once)


def acknowledge_before_the_replicas(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Replicas, "set_result", lambda _, future, result: future.set_result(result))


def evaluate_leases_at_each_server(patch: pytest.MonkeyPatch) -> None:
    begin = Leases.__init__

    def alone(self: Leases, *args: Any, **options: Any) -> None:
        begin(self, *args, **(options | {"is_shared": False}))

    patch.setattr(Leases, "__init__", alone)


@pytest.mark.parametrize(
    ("bug", "test"),
    [
        (
            compare_after_the_first_append,
            tests.test_r3_a_tail_that_redis_has_lost_ends_the_epoch_before_the_next_append,
        ),
        (
            take_the_head_for_announced,
            tests.test_a_viewer_that_comes_while_a_push_is_missing_continues_where_it_was,
        ),
        (
            acknowledge_before_the_replicas,
            tests.test_an_ack_and_a_welcome_wait_for_the_replicas,
        ),
        (evaluate_leases_at_each_server, tests.test_a_publisher_at_another_server_is_no_lost_one),
    ],
)
async def test_a_planted_bug_is_found(
    bug: Callable[[pytest.MonkeyPatch], None], test: Callable[..., Any]
) -> None:
    server = RedisServer("redis").start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store_module, "CHECK_S", 1_000)
            bug(patch)
            arguments = [server] if "server" in test.__code__.co_varnames[:1] else []
            with pytest.raises((AssertionError, TimeoutError, pytest.fail.Exception)):
                await asyncio.wait_for(test(*arguments), RED_S)
    finally:
        server.remove()
