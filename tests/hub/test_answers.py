"""Answers where the hub cannot store them."""

from __future__ import annotations

import pytest

from realtime_widgets.errors import StoreFullError, StoreUnavailableError

from .fakes import FakeStore, all_events, running


async def test_an_answer_while_the_store_is_full_is_not_stored_and_may_be_sent_again() -> None:
    store = FakeStore()
    answer = {"type": "answer", "id": "q", "value": "yes", "request": "r"}
    async with running(store) as hub:
        await hub.broadcast("run", {"type": "question", "id": "q", "message": "Which?"})
        store.append_fails_with = StoreFullError("no room")

        with pytest.raises(StoreUnavailableError, match="no room") as refused:
            await hub.replies.store("run", answer, "alice")
        store.append_fails_with = None

        assert refused.value.code == "storage_full"
        assert await hub.replies.store("run", answer, "alice") == 2
        assert [event["type"] for event in await all_events(hub)] == ["question", "answer"]
