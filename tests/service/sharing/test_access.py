"""The rules by which the access record of a run gives rights."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from realtime_widgets.service.sharing.access import (
    MAX_NAMES,
    MAX_REQUESTS,
    Access,
    AccessChange,
    AccessRequest,
    Person,
    SharingRules,
    TooManyNamesError,
    may,
)

ALICE, BOB = Person("alice"), Person("bob", frozenset({"lab"}))


@pytest.mark.parametrize(
    ("access", "rights"),
    [
        (Access(owner="alice"), []),
        (Access(owner="bob"), ["read", "write"]),
        (Access(owner="alice", viewers=["bob"]), ["read"]),
        (Access(owner="alice", editors=["bob"]), ["read", "write"]),
        (Access(owner="alice", viewers=["group:lab"]), ["read"]),
        (Access(owner="alice", editors=["group:lab"]), ["read", "write"]),
        (Access(owner="alice", viewers=["*"]), ["read"]),
        (Access(owner="alice", viewers=["lab", "group:bob", "Bob", "group:labs"]), []),
    ],
)
def test_a_user_has_the_rights_of_each_name_that_stands_for_them(
    access: Access, rights: list[str]
) -> None:
    assert [action for action in ("read", "write") if may(BOB, action, access)] == rights


@pytest.mark.parametrize("name", ["group:lab", "*"])
def test_a_user_cannot_be_named_as_a_group_or_as_everybody(name: str) -> None:
    access = Access(owner="alice", viewers=[name])

    assert not may(Person("group:lab"), "read", Access(owner="alice", viewers=["group:lab"]))
    assert not may(Person(name), "write", access)


def test_a_change_adds_moves_and_removes_names_once_each() -> None:
    access = Access(owner="alice", viewers=["bob", "carol"], editors=["dave"])

    changed = access.changed(
        AccessChange(viewers=["erin", "bob"], editors=["carol"], remove=["dave"])
    )

    assert changed == Access(owner="alice", viewers=["bob", "erin"], editors=["carol"])


def test_a_request_is_gone_when_it_is_granted_or_declined() -> None:
    access = Access(owner="alice")
    for user in ("bob", "carol", "bob"):
        access = access.requested(AccessRequest(user=user, at="now"))
    assert [each.user for each in access.requests] == ["carol", "bob"]

    assert access.changed(AccessChange(viewers=["bob"])).requests == [access.requests[0]]
    assert access.changed(AccessChange(remove=["carol"])).requests == [access.requests[1]]


def test_names_and_requests_have_a_bound() -> None:
    names = [f"user-{number}" for number in range(MAX_NAMES)]
    access = Access(owner="alice").changed(AccessChange(viewers=names))
    for number in range(MAX_REQUESTS + 1):
        access = access.requested(AccessRequest(user=f"{number}", at="now"))

    assert len(access.requests) == MAX_REQUESTS
    assert access.requests[-1].user == f"{MAX_REQUESTS}"
    with pytest.raises(TooManyNamesError, match="at most 100 viewers: share it with a group"):
        access.changed(AccessChange(viewers=["one-more"]))


@pytest.mark.parametrize("name", ["", " bob", "a\nb", "group:", "x" * 257])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        AccessChange(viewers=[name])


def test_members_of_an_admin_group_are_administrators() -> None:
    rules = SharingRules(admin_groups=frozenset({"lab"}))

    assert rules.is_admin(BOB)
    assert not rules.is_admin(ALICE)
    assert rules.is_admin(Person("root", is_admin=True))
