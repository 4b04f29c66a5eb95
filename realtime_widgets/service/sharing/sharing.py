"""`Sharing`: the rights of users on the runs of a server, from the access records in its store.

The first user who publishes to a run owns it. Until then each user may: the record is written
before the first event is stored (`claim`), and only if there is none. A viewer of a run without an
owner is disconnected when the run begins, and its rights are checked again when it is back
(`Login.is_provisional`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, NamedTuple

from realtime_widgets.hub.clock import timestamp
from realtime_widgets.protocol.codes import HttpCode
from realtime_widgets.service.api_error import ApiError, bad_field
from realtime_widgets.service.sharing.access import (
    Access,
    AccessRequest,
    TooManyNamesError,
    may,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from realtime_widgets.hub import Store
    from realtime_widgets.service.sharing.access import AccessChange, Person, SharingRules

__all__ = ["Rights", "Sharing"]

ATTEMPTS = 10
"""How often a change is tried that other changes of the same run overtake."""


class Rights(NamedTuple):
    """What a user may do with a run."""

    may_read: bool
    may_write: bool
    is_provisional: bool = False
    """Whether the run has no owner yet, so that the rights end when it begins."""


class Sharing:
    """Decides and changes which users may use which runs.

    Args:
        rules: The settings.
        find_store: Returns the store, which has the access records.
    """

    def __init__(self, rules: SharingRules, find_store: Callable[[], Store]) -> None:
        self._rules = rules
        self._find_store = find_store
        self.on_change: Callable[[str], Awaitable[None]] = _nothing
        """Called with a run whose access was changed, before the change is answered."""

    # Rights. Each method raises `StoreError` where the store cannot be used.

    async def rights(self, person: Person, sprint_id: str) -> Rights:
        """Return what a user may do with a run."""
        if self._rules.is_admin(person):
            return Rights(may_read=True, may_write=True)
        access = await self._access(sprint_id)
        if access is None and not await self._has_begun(sprint_id):
            return Rights(may_read=True, may_write=True, is_provisional=True)
        # It may have begun in between, after its record was written.
        access = access or await self._access(sprint_id)
        if access is None:
            return Rights(may_read=False, may_write=False)  # it was stored without users
        return Rights(may(person, "read", access), may(person, "write", access))

    async def may(self, person: Person, action: Literal["read", "write"], sprint_id: str) -> bool:
        """Return whether a user may read or write a run."""
        rights = await self.rights(person, sprint_id)
        return rights.may_read if action == "read" else rights.may_write

    async def visible(self, person: Person, sprint_ids: Sequence[str]) -> set[str]:
        """Return those of these runs that a user may read."""
        if self._rules.is_admin(person):
            return set(sprint_ids)
        records = await self._find_store().access_records(sprint_ids)
        return {
            name
            for name, record in records.items()
            if may(person, "read", Access.model_validate_json(record))
        }

    async def claim(self, person: Person, sprint_id: str) -> bool:
        """Make a user who is about to publish the owner of a run that has none.

        Returns:
            Whether the user may publish to the run.
        """
        rights = await self.rights(person, sprint_id)
        if rights.may_write and not await self._access(sprint_id):
            first = self._rules.first_access(person.name).model_dump_json().encode()
            if not await self._find_store().replace_access_record(sprint_id, first, None):
                return await self.may(person, "write", sprint_id)
        return rights.may_write

    async def refusal(self, sprint_id: str, action: Literal["read", "write"]) -> ApiError:
        """Return the error for a user who may not do this with a run."""
        access = await self._access(sprint_id)
        owner = f" belongs to {access.owner}" if access else ""
        advice = "choose another name, or request access" if action == "write" else "request access"
        words = f"the run {sprint_id!r}{owner}: {advice}"
        return ApiError(403, HttpCode.NOT_SHARED, words)

    # Changes; `StoreError` as above.

    async def access(self, person: Person, sprint_id: str) -> Access:
        """Return which users may use a run, for its owner and administrators.

        Raises:
            ApiError: The user may not know that.
        """
        access = await self._access(sprint_id)
        if access is None or not self._may_share(person, access):
            raise _unknown(sprint_id)
        return access

    async def owns(self, person: Person, sprint_id: str) -> bool:
        """Return whether a user may share and delete a run."""
        access = await self._access(sprint_id)
        return self._rules.is_admin(person) or (access is not None and access.owner == person.name)

    async def change(self, person: Person, sprint_id: str, change: AccessChange) -> Access:
        """Add users to a run, and remove others; what they have open is closed.

        A user who shares a run before its first event owns it.

        Raises:
            ApiError: The user may not do that, or there are too many names.
        """
        has_begun = await self._has_begun(sprint_id)

        def changed(access: Access | None) -> Access:
            if access is None and not has_begun:
                access = self._rules.first_access(person.name)
            if access is None or not self._may_share(person, access):
                raise _unknown(sprint_id)
            return access.changed(change)

        try:
            access = await self._update(sprint_id, changed)
        except TooManyNamesError as error:
            raise bad_field(str(error), error.field) from None
        await self.on_change(sprint_id)
        return access

    async def request(self, person: Person, sprint_id: str) -> None:
        """Store the request of a user for access; no effect for one who has it, or without the run.

        Raises:
            ApiError: Another change came before each attempt.
        """
        access = await self._access(sprint_id)
        if access is None or self._may_share(person, access) or may(person, "read", access):
            return
        request = AccessRequest(user=person.name, at=timestamp(time))
        await self._update(sprint_id, lambda access: access and access.requested(request))

    async def _update(
        self, sprint_id: str, change: Callable[[Access | None], Access | None]
    ) -> Access:
        """Replace the access of a run by what `change` makes of it.

        Raises:
            ApiError: Another change came before each attempt.
        """
        for _ in range(ATTEMPTS):
            record = await self._record(sprint_id)
            access = change(None if record is None else Access.model_validate_json(record))
            if access is None:
                raise _unknown(sprint_id)
            new = access.model_dump_json().encode()
            if await self._find_store().replace_access_record(sprint_id, new, record):
                return access
        raise ApiError(
            503, HttpCode.BUSY, "the access to this run is being changed", retry_after_s=1
        )

    def _may_share(self, person: Person, access: Access) -> bool:
        return access.owner == person.name or self._rules.is_admin(person)

    async def _access(self, sprint_id: str) -> Access | None:
        record = await self._record(sprint_id)
        return None if record is None else Access.model_validate_json(record)

    async def _has_begun(self, sprint_id: str) -> bool:
        return (await self._find_store().bounds(sprint_id)).epoch is not None

    async def _record(self, sprint_id: str) -> bytes | None:
        records = await self._find_store().access_records([sprint_id])
        return records.get(sprint_id)


def _unknown(sprint_id: str) -> ApiError:
    # The same for a run that there is not: names of runs of others are not confirmed.
    return ApiError(404, HttpCode.UNKNOWN_SPRINT, f"you own no run {sprint_id!r}")


async def _nothing(_: str) -> None:
    """Do nothing."""
