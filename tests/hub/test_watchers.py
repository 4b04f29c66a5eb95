"""The users who watch a run: counted once each, named, bounded, sent together, and not stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.hub import Login
from realtime_widgets.protocol.messages import MAX_WATCHERS

from .fakes import Client, connected, running, viewer
from .loop import until

if TYPE_CHECKING:
    from realtime_widgets.hub.hub import Hub
    from realtime_widgets.protocol.codes import CloseCode


async def page(hub: Hub, user: str | None, user_id: str | None = None) -> Client:
    """A page of a user, which presents a ticket."""

    async def check(_: str | None) -> Login | CloseCode:
        return Login(user=user, user_id=user_id)

    client = connected(hub, user=user, check_ticket=check)
    await client.send(type="hello", v=1, sprint_id="run", ticket="t", watch={})
    await until(lambda: client.of_type("welcome"))
    return client


def newest(client: Client) -> tuple[int, list[str]] | None:
    messages = client.of_type("watching")
    return (messages[-1]["count"], messages[-1]["names"]) if messages else None


async def test_users_are_counted_once_each_and_named() -> None:
    async with running() as hub:
        alice, again, bob = [await page(hub, name) for name in ("Alice", "Alice", "Bob")]
        await until(lambda: newest(alice) == (2, ["Alice", "Bob"]))
        await until(lambda: newest(bob) == (2, ["Alice", "Bob"]))
        assert len(alice.of_type("watching")) == 1

        bob.connection.gone()
        bob.connection.gone()
        await until(lambda: newest(again) == (1, ["Alice"]))
        state = await hub.state("run")

    assert state is None  # nothing was stored


async def test_a_page_that_is_the_only_one_and_programs_are_sent_and_counted_nothing() -> None:
    async with running() as hub:
        alone = await page(hub, "Alice")
        program = await viewer(hub)
        other = await page(hub, None)
        await until(lambda: newest(alone) == (2, ["Alice"]))
        await until(lambda: newest(program) == (2, ["Alice"]))
        same_name = await page(hub, "Alice", "another-alice")
        await until(lambda: newest(same_name) == (3, ["Alice"]))

    assert newest(other) == (3, ["Alice"])


async def test_names_are_bounded_in_number_and_length() -> None:
    async with running() as hub:
        pages = [await page(hub, f"{n:03}" + "x" * 300) for n in range(MAX_WATCHERS + 5)]
        await until(lambda: (newest(pages[0]) or (0, []))[0] == MAX_WATCHERS + 5)

    _, names = newest(pages[0]) or (0, [])
    assert len(names) == MAX_WATCHERS
    assert {len(name) for name in names} == {64}
