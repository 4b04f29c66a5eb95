"""Events that come in one request, without a connection (protocol 10.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError
from realtime_widgets.hub.appender import PublisherIdentity
from realtime_widgets.hub.stores.base import IdCaseError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.ids import check_sprint_id

if TYPE_CHECKING:
    from realtime_widgets.hub.parts import HubParts
    from realtime_widgets.hub.stores.base import Appended

__all__ = ["store_posted"]


async def store_posted(
    parts: HubParts, sprint_id: str, events: bytes, *, publisher_id: str | None, user: str | None
) -> tuple[Appended, int]:
    """Check events, store all of them or none, and send them to the viewers of the run.

    Args:
        parts: The parts of the hub.
        sprint_id: The run.
        events: A JSON array of events.
        publisher_id: The same for a request that is sent again, whose events are then stored once;
            None where nothing is sent again.
        user: The user that is shown as their publisher.

    Returns:
        Where the last event was stored, and how many there are.

    Raises:
        InvalidSprintIdError: The id breaks protocol 1.1.
        InvalidEventError: An event breaks protocol 4; its `field` begins with the event's index.
        StoreError: They were not stored.
    """
    channel = await parts.channels.open(check_sprint_id(sprint_id))
    await parts.appender.wait_for_capacity()
    batch = parts.appender.check(1, events)
    for refusal in batch.refused:
        error = refusal.error
        field = f"events.{refusal.index}{f'.{error.field}' if error.field else ''}"
        raise InvalidEventError(error.code, error.reason, field=field)
    if not batch.events:
        raise InvalidEventError(ErrorCode.BAD_FIELD, "there is no event", field="events")
    publisher = PublisherIdentity(publisher_id, user, start_publisher_seq=1)
    try:
        stored = await parts.appender.append(channel.name, publisher, 1, batch)
    except IdCaseError as error:
        raise InvalidEventError(ErrorCode.ID_CASE, str(error), field="sprint_id") from None
    return stored, len(batch.events)
