"""The access record of a run, and the rules by which it gives rights; no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "EVERYBODY",
    "GROUP",
    "MAX_NAMES",
    "MAX_REQUESTS",
    "Access",
    "AccessChange",
    "AccessRequest",
    "Name",
    "Person",
    "SharingRules",
    "TooManyNamesError",
    "may",
]

EVERYBODY = "*"
"""All users of the server, in a list of names."""

GROUP = "group:"
"""What the name of a group begins with in a list of names."""

NAME_CHARACTERS = 256
MAX_NAMES = 100
"""Most viewers, and most editors, of one run."""

MAX_REQUESTS = 20
"""Most requests for access that are kept of one run: the newest ones."""


def _is_name(name: str) -> str:
    if not name.isprintable() or name != name.strip() or name == GROUP:
        raise ValueError(f"it is a user, {GROUP!r} and a group, or {EVERYBODY!r}")
    return name


Name: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=NAME_CHARACTERS), AfterValidator(_is_name)
]
"""A user, `group:` and the name of a group, or `*` for all users."""


@dataclass(frozen=True, slots=True)
class Person:
    """A user, as far as rights depend on it.

    Attributes:
        name: The unique name.
        groups: The names of the groups that the user is in.
        is_admin: Whether the user may do everything.
    """

    name: str
    groups: frozenset[str] = frozenset()
    is_admin: bool = False

    def is_in(self, names: Iterable[str]) -> bool:
        """Return whether a list of names includes the user, by name, by group or by `*`."""
        return any(
            each == EVERYBODY
            or (
                each.removeprefix(GROUP) in self.groups
                if each.startswith(GROUP)
                else each == self.name
            )
            for each in names
        )


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AccessRequest(_Model):
    """A user who has requested to see a run."""

    user: str
    at: str
    """ISO 8601."""


class Access(_Model):
    """Which users may use a run."""

    owner: str
    """The user who published to it first: may do everything with it, and share it."""

    viewers: list[Name] = []
    """May read it."""

    editors: list[Name] = []
    """May read it and publish to it."""

    requests: list[AccessRequest] = []

    def changed(self, change: AccessChange) -> Access:
        """Return the access after a change.

        Raises:
            TooManyNamesError: There are more than `MAX_NAMES` viewers or editors then.
        """
        editors = _joined(self.editors, change.editors, without=change.remove)
        viewers = _joined(self.viewers, change.viewers, without=[*change.remove, *change.editors])
        for field, names in (("viewers", viewers), ("editors", editors)):
            if len(names) > MAX_NAMES:
                raise TooManyNamesError(field)
        decided = {*change.viewers, *change.editors, *change.remove}
        requests = [each for each in self.requests if each.user not in decided]
        return Access(owner=self.owner, viewers=viewers, editors=editors, requests=requests)

    def requested(self, request: AccessRequest) -> Access:
        """Return the access with another request; the last one of each user is kept."""
        others = [each for each in self.requests if each.user != request.user]
        return self.model_copy(update={"requests": [*others, request][-MAX_REQUESTS:]})


class AccessChange(_Model):
    """Names to add to the viewers and editors of a run, and names to remove from both."""

    viewers: Annotated[list[Name], Field(max_length=MAX_NAMES)] = []
    editors: Annotated[list[Name], Field(max_length=MAX_NAMES)] = []
    remove: Annotated[list[Name], Field(max_length=2 * MAX_NAMES)] = []


class TooManyNamesError(Exception):
    """A run would have more viewers or editors than it may.

    Attributes:
        field: `viewers` or `editors`.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"a run has at most {MAX_NAMES} {self.field}: share it with a group"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRules:
    """How runs of a server are shared.

    Attributes:
        viewers: The viewers of a new run, which its owner may change.
        editors: The editors of a new run.
        admin_groups: Groups whose users may do everything with each run.

    Raises:
        ValueError: A name breaks its rule, or there are more than `MAX_NAMES`.
    """

    viewers: Sequence[str] = ()
    editors: Sequence[str] = ()
    admin_groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        # Now, and not when the first run begins.
        AccessChange(viewers=list(self.viewers), editors=list(self.editors))

    def is_admin(self, person: Person) -> bool:
        """Return whether a user may do everything with each run."""
        return person.is_admin or not self.admin_groups.isdisjoint(person.groups)

    def first_access(self, owner: str) -> Access:
        """Return the access to a new run."""
        return Access(owner=owner, viewers=list(self.viewers), editors=list(self.editors))


def may(person: Person, action: Literal["read", "write"], access: Access) -> bool:
    """Return whether a user who is no administrator may read or write a run."""
    if person.name == access.owner or person.is_in(access.editors):
        return True
    return action == "read" and person.is_in(access.viewers)


def _joined(first: list[str], more: list[str], *, without: list[str]) -> list[str]:
    """Return the names of both lists, each once."""
    return [name for name in dict.fromkeys([*first, *more]) if name not in without]
