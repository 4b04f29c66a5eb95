"""Users in tickets that another process redeems."""

from __future__ import annotations

from dataclasses import dataclass

from realtime_widgets.asgi.bearers import UserCodec
from realtime_widgets.asgi.identity import Bearer, User


@dataclass(frozen=True)
class Member(User):
    team: str = ""


def test_a_user_is_the_same_for_another_process() -> None:
    bearer = Bearer(User("alice", "Alice"), may_publish=True, may_list=False)

    assert UserCodec().decode(UserCodec().encode(bearer)) == bearer


def test_a_user_of_a_subclass_and_what_is_none_are_not_passed_on() -> None:
    bearer = Bearer(Member("alice", team="lab"), may_publish=True, may_list=True)

    assert UserCodec().encode(bearer) is None
    assert UserCodec().decode(["alice"]) is None
