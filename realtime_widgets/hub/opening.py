"""What the hub reads of a run when a client connects to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from realtime_widgets.hub.pagination import before_newest

if TYPE_CHECKING:
    from realtime_widgets.hub.channel import Channel
    from realtime_widgets.hub.parts import HubParts
    from realtime_widgets.protocol.messages import Hello

__all__ = ["Found", "find_in_memory", "look_up"]


class Found(NamedTuple):
    """What is known of a run when a client connects to it."""

    channel: Channel
    first: int
    """Seq of the first event that the store has."""

    batch_id_there: str | None
    """Id of the batch that ends where the client stands."""

    last_publisher_seq: int | None
    before_newest: int | None
    """Seq after which the newest page begins, None where the client did not request it."""
    similar: list[str]


async def look_up(parts: HubParts, hello: Hello, *, may_list: bool) -> Found:
    """Read what the answer to `hello` depends on.

    Args:
        parts: The parts of the hub.
        hello: The client's first message.
        may_list: Whether the client's user may read the names of other runs.

    Raises:
        StoreError: It cannot be read.
    """
    store, channels = parts.store, parts.channels
    after = hello.watch.after if hello.watch else None
    publisher_id = hello.publish.publisher_id if hello.publish else None
    newest = hello.watch.newest if hello.watch else None
    while True:
        channel = await channels.open(hello.sprint_id)
        is_unknown = hello.watch is not None and channel.bounds.epoch is None and may_list
        similar = await parts.similar.find(channel.name) if is_unknown else []
        newest_after = await before_newest(store, channel.name, newest) if newest else None
        look = await store.look(channel.name, after.seq if after else None, publisher_id)
        # Another server may have replaced the log meanwhile.
        if store.shared is None or channels.in_memory.get(channel.name) is channel:
            return Found(
                channel,
                look.bounds.first,
                look.batch_id_there,
                look.last_publisher_seq,
                newest_after,
                similar,
            )


def find_in_memory(parts: HubParts, hello: Hello) -> Found | None:
    """Return what a viewer needs that continues a log whose newest batches are in memory."""
    channel = parts.channels.in_memory.get(hello.sprint_id)
    after = hello.watch.after if hello.watch else None
    if channel is None or after is None or hello.publish is not None:
        return None
    batch_id = channel.batch_id_in_memory(after.seq)
    if batch_id is None or (after.epoch, after.entry) != (channel.bounds.epoch, batch_id):
        return None
    return Found(channel, channel.bounds.first, batch_id, None, None, [])
