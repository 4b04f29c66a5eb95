"""Users of the Hub, by tokens, by cookies and by name."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_widgets.asgi import Connection, User
from realtime_widgets_jupyterhub.users import MAX_KNOWN, MAX_TOKEN

from .hub_api import COOKIES, serving_hub

BOB = User("bob", groups=frozenset({"lab"}))


def request(method: str = "GET", query: str = "", **headers: str) -> Connection:
    sent = [(name.encode(), text.encode()) for name, text in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": COOKIES.path}
    return Connection({**scope, "query_string": query.encode(), "headers": sent})


async def test_a_token_of_a_user_in_the_header_is_a_login() -> None:
    async with serving_hub() as (api, _, users):
        api.add_token("bobs", "bob")

        assert await users.find(request(authorization="token bobs")) == BOB
        assert await users.find(request("POST", authorization="Bearer bobs")) == BOB
        assert await users.find(request(authorization="token unknown")) is None


async def test_a_token_in_the_url_is_none() -> None:
    async with serving_hub() as (api, _, users):
        api.add_token("bobs", "bob")

        assert await users.find(request(query="token=bobs")) is None
        assert api.asked == []


async def test_a_token_without_the_right_to_the_service_is_no_login() -> None:
    async with serving_hub() as (api, _, users):
        api.add_token("other", "bob", scopes=("access:servers!user=bob",))
        api.tokens["service"] = {"kind": "service", "name": "bob", "scopes": []}

        assert await users.find(request(authorization="token other")) is None
        assert await users.find(request(authorization="token service")) is None


async def test_a_cookie_changes_something_only_for_a_page_that_names_itself() -> None:
    async with serving_hub() as (api, _, users):
        api.add_token("bobs", "bob")
        cookie = {"cookie": "realtime-widgets-realtime=bobs"}

        assert await users.find(request(**cookie)) == BOB
        assert await users.find(request("POST", **cookie)) is None
        assert await users.find(request("POST", origin="http://hub", **cookie)) == BOB


async def test_nothing_that_is_known_is_used_after_a_logout() -> None:
    async with serving_hub() as (api, _, users):
        api.add_token("bobs", "bob")
        cookies = "realtime-widgets-realtime=bobs; jupyterhub-session-id={}"
        assert await users.find(request(cookie=cookies.format("one"))) == BOB
        del api.tokens["bobs"]

        assert await users.find(request(cookie=cookies.format("one"))) == BOB  # still known
        assert await users.find(request(cookie=cookies.format("two"))) is None


@pytest.mark.parametrize("token", ["", "x" * (MAX_TOKEN + 1), "ä", "a\x01b"])
async def test_the_hub_is_not_requested_for_what_can_be_no_token(token: str) -> None:
    async with serving_hub() as (api, _, users):
        assert await users.of_token(token) is None
        assert api.asked == []


async def test_groups_of_now_are_read_by_name_and_a_deleted_user_is_none() -> None:
    async with serving_hub() as (api, hub, users):
        assert await users.refresh(User("bob")) == BOB
        api.groups["bob"] = []
        hub.cache.clear()
        assert await users.refresh(BOB) == User("bob")
        del api.groups["bob"]
        hub.cache.clear()
        assert await users.refresh(BOB) is None


async def test_a_missing_role_is_named() -> None:
    async with serving_hub() as (api, _, users):
        api.may_read_users = False

        with pytest.raises(RuntimeError, match="`read:users:name, read:users:groups`"):
            await users.refresh(BOB)


async def test_what_is_known_of_the_hub_has_a_bound() -> None:
    async with serving_hub() as (_, hub, users):
        for number in range(MAX_KNOWN):
            hub.cache[f"{number}"] = None

        await users.of_token("unknown")

        assert len(hub.cache) == 1
