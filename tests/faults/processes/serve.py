# ruff: noqa: SLF001 - a bug is planted where it could have grown
"""Starts a Jupyter server in which something was changed before.

    serve.py CHANGE... -- ARGUMENT...

Most changes are planted bugs: the suite has to find each. One is a slow disk.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import re
import sqlite3
import sys
import time
from typing import TYPE_CHECKING, Any

from jupyter_server.serverapp import main

import realtime_widgets_server  # noqa: F401 - all that is changed below is loaded with it
from realtime_widgets.hub.stores import base
from realtime_widgets.hub.stores.sqlite import group_commit, reader
from realtime_widgets.protocol import ids, position

if TYPE_CHECKING:
    from collections.abc import Callable

FSYNC_S = 1.0


def put_everywhere(new: object, old: Any, *, below: str = "realtime_widgets") -> None:
    """Replace a function in every module that has imported it."""
    homes = [
        module
        for name, module in tuple(sys.modules.items())
        if name.startswith(below) and getattr(module, old.__name__, None) is old
    ]
    assert homes, f"{old.__name__} is used nowhere below {below}"
    for module in homes:
        setattr(module, old.__name__, new)


def take_resends_for_new() -> None:
    """Forget at each new connection what the publisher's last number was."""
    place = base.place

    def unknown(*_: object) -> None:
        pass

    def forgetful(new: Any, *, head: int, last_publisher_seq: int | None) -> Any:
        is_first = new.publisher_seq == new.start_publisher_seq
        return place(new, head=head, last_publisher_seq=None if is_first else last_publisher_seq)

    reader.Reader.last_publisher_seq = unknown
    put_everywhere(forgetful, place)


def give_every_log_one_epoch() -> None:
    random_id = ids.random_id

    def one_epoch(bits: int) -> str:
        return "e" * (bits // 4) if bits == base.EPOCH_BITS else random_id(bits)

    put_everywhere(one_epoch, random_id, below="realtime_widgets.hub.stores")


def resume_one_too_far() -> None:
    resume = position.resume

    def skipping(*args: Any) -> Any:
        found = resume(*args)
        return found.model_copy(update={"after": found.after + 1}) if found.recovered else found

    put_everywhere(skipping, resume)


def recover_always() -> None:
    """Answer that every log continues at the position of the client."""
    resume = position.resume

    def trusting(*args: Any) -> Any:
        found = resume(*args)
        return found.model_copy(update={"recovered": True, "reset": None, "gap": None})

    put_everywhere(trusting, resume)


def acknowledge_before_the_commit() -> None:
    """Announce and acknowledge at once, and write some time later."""
    write = group_commit.GroupCommit._commit_group

    async def hasty(self: Any, group: Any) -> None:
        for new, future in group:
            future.set_result(base.Appended("e" * 16, 0, new.last_publisher_seq))
        await asyncio.sleep(0.5)
        await write(self, group)

    group_commit.GroupCommit._commit_group = hasty


def change_a_letter_now_and_then() -> None:
    numbers = itertools.count(1)
    make = base.StoredBatch.wire.func

    def careless(batch: Any) -> bytes:
        wire = make(batch)
        return re.sub(rb"( \d+ )", rb"\1x", wire, count=1) if next(numbers) % 10 == 0 else wire

    base.StoredBatch.wire = functools.cached_property(careless)
    base.StoredBatch.wire.__set_name__(base.StoredBatch, "wire")


def sync_slowly() -> None:
    """Have each commit take as long as on a bad disk."""

    class Slow(sqlite3.Connection):
        def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
            if sql == "commit":
                time.sleep(FSYNC_S)
            return super().execute(sql, *args)

    connect = sqlite3.connect
    sqlite3.connect = lambda *args, **options: connect(*args, factory=Slow, **options)


CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        take_resends_for_new,
        give_every_log_one_epoch,
        resume_one_too_far,
        recover_always,
        acknowledge_before_the_commit,
        change_a_letter_now_and_then,
        sync_slowly,
    )
}


if __name__ == "__main__":
    where = sys.argv.index("--")
    for name in sys.argv[1:where]:
        CHANGES[name]()
    sys.argv[1:] = sys.argv[where + 1 :]
    main()
