"""How much memory the server takes for the worst message of each kind, in either direction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import pytest

from realtime_widgets.hub import SQLiteStore
from realtime_widgets.hub.stores.base import NewBatch, SavedState
from realtime_widgets.hub.stores.sqlite import writer
from realtime_widgets.protocol import index, messages
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.index import (
    MAX_INDEX_MESSAGE,
    IndexHello,
    IndexPosition,
    IndexReset,
    IndexWelcome,
    Runs,
)
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import (
    Ack,
    Batch,
    ClientLimits,
    Direct,
    Error,
    Events,
    Gap,
    Hello,
    Message,
    Nack,
    Ping,
    Pong,
    Presence,
    Publish,
    PublishAs,
    Reset,
    State,
    Trouble,
    Watch,
    Welcome,
)
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import MAX_TASKS, TaskState
from realtime_widgets.protocol.validation import validate_batch
from tests import memory_meter, serving
from tests.memory_meter import peak_of

from .peer import Peer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.serving import Jupyter

pytestmark = [
    pytest.mark.skipif(not memory_meter.IS_SUPPORTED, reason="needs /proc"),
    pytest.mark.long,
]

AT_ONCE = 4

ONE_MIB = 24
"""What one connection may take, above what the server holds before; a message has 1 MiB.

Half more than the highest figures, which differ by some MiB from run to run."""

MANY_MIB = 64
"""The same for several at once."""

MAX_BYTES = Limits().message_bytes
LARGE_BATCHES = 32
LARGE_MESSAGE = 500_000


# The worst that a client can send: messages of 1 MiB.


def filled(around: str, unit: str) -> str:
    """A message of the greatest size: what is around, and in it as much as goes of a unit."""
    return around.replace("%", unit * ((MAX_BYTES - len(around)) // len(unit)))


def publish(events: str, unit: str, *, canonical: bool = True) -> str:
    space = "" if canonical else " "
    around = f'{{"type":{space}"publish","first_n":1,"events":[{events}]}}'
    return filled(around, unit)


NESTED_EVENTS = ",".join(
    [f'{{"type":"agent_message","agent":"a","event":{{"type":"X","v":[[]{",[]" * 1_600}]}}}}'] * 200
)
NACKED_EVENTS = ",".join([f'{{"type":"mine","{"k" * 128}":{{"{"k" * 128}":1e400}}}}'] * 200)

PUBLISHED = {
    "one text": ('{"type":"log","message":"%"}', "x"),
    "one text of escapes": ('{"type":"log","message":"%"}', "\\u0001"),
    "texts": ('%{"type":"mine"}', f'{{"type":"log","message":"{"x" * 5_300}"}},'),
    "lines": ('%{"type":"mine"}', '{"type":"log","message":"a"},'),
    "nested arrays": ("%", "["),
    "arrays": ('{"type":"mine","v":[%0]}', "[],"),
    "objects": ('{"type":"mine","v":[%0]}', '{"a":1},'),
    "numbers": ('{"type":"mine","v":[%0]}', "1.5,"),
    "doubled keys": ('{"type":"mine",%"b":1}', '"a":[],'),
    "doubled keys of a line": ('{"type":"log",%"message":"a"}', '"message":"",'),
    "tiny values": ("%0", "0,"),
    "spaces": ('{"type":"log",%"message":"a"}', " "),
    "digits": ('{"type":"mine","v":1.%}', "0"),
}


LAST_NUMBER = '{"type":"publish","first_n":9007199254740991,"events":[{"type":"mine"}]}'
PING = '{"type":"ping"}'
LONG_LINE = f'{{"type":"log","message":"{"x" * 60_000}"}}'
EPOCH = "e0" * 8
TRIMMED = {"epoch": EPOCH, "seq": 0}
OF_ANOTHER_LIFE = {"epoch": "e1" * 8, "seq": 0}


def send_and_hear(server: Jupyter, message: str | bytes, *answers: str) -> None:
    with Peer(server, f"sent-{random_id(48)}") as peer:
        peer.hello(publish={"publisher_id": random_id(128)})
        peer.until("welcome")
        peer.send(message)
        peer.until(*answers)


def sending(message: str | bytes, *answers: str) -> Callable[[Jupyter], None]:
    return lambda server: send_and_hear(server, message, *answers)


def as_hello(message: str) -> Callable[[Jupyter], None]:
    def work(server: Jupyter) -> None:
        with Peer(server, "run") as peer:
            peer.send(message)
            peer.until("close")

    return work


def plainly(message: str) -> Callable[[Jupyter], None]:
    def work(server: Jupyter) -> None:
        with Peer(server, f"plain-{random_id(48)}", plain=True) as peer:
            peer.send(message)
            peer.send(PING)
            peer.until("pong")

    return work


def flooding(message: str, most: int, *, plain: bool = False) -> Callable[[Jupyter], None]:
    """Send the same without reading an answer, for as long as the server reads."""

    def work(server: Jupyter) -> None:
        with Peer(server, f"flooded-{random_id(48)}", plain=plain) as peer:
            if not plain:
                peer.hello(publish={"publisher_id": random_id(128)})
            peer.send_until_full(message, most)

    return work


# The worst that the server writes: to clients that do not read.


def watching(sprint_id: str, *, plain: bool = False, **watch: object) -> Callable[[Jupyter], None]:
    """Ask for a run and read nothing; another reads, so that it is known when all is on its way."""

    def work(server: Jupyter) -> None:
        with ExitStack() as stack:
            for _ in range(3):
                peer = stack.enter_context(Peer(server, sprint_id, plain=plain))
                if not plain:
                    peer.hello(watch=watch)
            reader = stack.enter_context(Peer(server, sprint_id))
            reader.hello(watch=watch)
            reader.until("events")

    return work


def watching_a_flood(server: Jupyter) -> None:
    """Publish more than all buffers hold, while viewers read nothing."""
    sprint_id = f"watched-{random_id(48)}"
    with ExitStack() as stack:
        for plain in (False, True):
            peer = stack.enter_context(Peer(server, sprint_id, plain=plain))
            if not plain:
                peer.hello(watch={})
        sender = stack.enter_context(Peer(server, sprint_id))
        sender.hello(publish={"publisher_id": random_id(128)})
        sender.until("welcome")
        for n in range(1, 4 * LARGE_BATCHES, 4):
            lines = ",".join([LONG_LINE] * 4)
            sender.send(f'{{"type":"publish","first_n":{n},"events":[{lines}]}}')
            sender.until("ack")


# The index.


def as_index_message(message: str, *answers: str) -> Callable[[Jupyter], None]:
    def work(server: Jupyter) -> None:
        with Peer(server, None) as peer:
            peer.hello()
            peer.until("welcome")
            peer.send(message)
            peer.until(*answers)

    return work


def listing_a_large_state(server: Jupyter) -> None:
    """Change a run while lists read nothing of it."""
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(server, None)) for _ in range(4)]
        for peer in peers:
            peer.hello()
            peer.until("welcome")
        send_and_hear(server, LAST_NUMBER, "ack", "nack")
        with Peer(server, "state") as publisher:
            publisher.hello(publish={"publisher_id": random_id(128)})
            publisher.until("welcome")
            publisher.send('{"type":"publish","first_n":1,"events":[{"type":"mine"}]}')
            publisher.until("ack")
        while peers[-1].until("runs") < LARGE_MESSAGE:
            pass


def listing_from_another_life(server: Jupyter) -> None:
    with Peer(server, None) as peer:
        peer.hello(after={"epoch": "another", "version": 1})
        peer.until("reset")


class Metered(NamedTuple):
    """What is done with one connection."""

    name: str
    of: tuple[type[Message], ...]
    """The messages of which it is the worst; none for those of the plain mode."""

    work: Callable[[Jupyter], None]


METERED = [
    *(
        Metered(
            f"publish {name}{'' if canonical else ', spaced'}",
            (Publish, Ack, Nack),
            sending(publish(*parts, canonical=canonical), "ack", "error"),
        )
        for name, parts in PUBLISHED.items()
        for canonical in (True, False)
    ),
    Metered(
        "publish nested events",
        (Publish, Ack),
        sending(publish(NESTED_EVENTS, "-"), "ack"),
    ),
    Metered(
        "publish what is refused 200 times",
        (Publish, Nack),
        sending(publish(NACKED_EVENTS, "-"), "ack"),
    ),
    *(
        Metered(f"hello {name}", (Hello, Watch, PublishAs), as_hello(filled(around, unit)))
        for name, around, unit in [
            ("with fields", '{"type":"hello","v":1,"sprint_id":"run","x":{%"z":0}}', '"a":{},'),
            ("with arrays", '{"type":"hello","v":1,"sprint_id":"run","watch":[%0]}', "[],"),
            ("with a long name", '{"type":"hello","%":1}', "x"),
            ("with a long ticket", '{"type":"hello","v":1,"sprint_id":"run","ticket":"%"}', "x"),
            ("of brackets", "%", "["),
        ]
    ),
    *(
        Metered(name, of, sending(message, answer))
        for name, of, message, answer in [
            (
                "ping with fields",
                (Ping, Error),
                filled('{"type":"ping",%"z":0}', '"a":{},'),
                "error",
            ),
            ("pong with a long name", (Pong, Error), filled('{"type":"pong","%":0}', "x"), "error"),
            ("an unknown type", (Error,), filled('{"type":"%"}', "x"), "error"),
            ("no JSON", (Error,), "x" * MAX_BYTES, "error"),
            ("a binary message", (), b"x" * MAX_BYTES, "close"),
        ]
    ),
    *(
        Metered(f"plain {name}", (), plainly(filled(*parts)))
        for name, parts in PUBLISHED.items()
        if name not in {"texts", "lines", "tiny values"}  # which is more than one event
    ),
    Metered("pings that read no answer", (Ping, Pong), flooding(PING, 2_000_000)),
    Metered("plain pings that read no answer", (), flooding(PING, 2_000_000, plain=True)),
    Metered(
        "events that read no answer",
        (Publish, Ack, Nack),
        flooding(f'{{"type":"publish","first_n":1,"events":[{NACKED_EVENTS}]}}', 300),
    ),
    Metered("plain events that read no answer", (), flooding(LONG_LINE, 600, plain=True)),
    Metered(
        "large events to a client that does not read",
        (Welcome, ClientLimits, Events, Batch),
        watching("large"),
    ),
    Metered("nested events to a client that does not read", (Events, Batch), watching("nested")),
    Metered("large events to plain viewers", (), watching("large", plain=True)),
    Metered("nested events to plain viewers", (), watching("nested", plain=True)),
    Metered("a flood to a client that does not read", (Events, Batch), watching_a_flood),
    Metered("a state to a client that begins", (State,), watching("state")),
    Metered("a state after a gap", (Gap, State), watching("state", after=TRIMMED)),
    Metered("a state after a reset", (Reset, State), watching("state", after=OF_ANOTHER_LIFE)),
    Metered("a large state to lists that do not read", (IndexWelcome, Runs), listing_a_large_state),
    Metered("an unknown position", (IndexPosition, IndexReset), listing_from_another_life),
    *(
        Metered(f"index: {name}", (IndexHello, Error), as_index_message(message, answer))
        for name, message, answer in [
            ("a large message", filled('{"type":"hello","%":1}', "x"), "close"),
            ("brackets", "[" * MAX_INDEX_MESSAGE, "error"),
        ]
    ),
]


# Runs that were there before.


async def fill(store: SQLiteStore) -> None:
    text = "x" * (Limits().event_bytes - 1_000)
    for n in range(LARGE_BATCHES):
        await append(store, "large", f'[{{"type":"mine","text":"{text}"}}]', n)
        if n < 2:
            await append(store, "nested", f"[{NESTED_EVENTS}]", 200 * n)
    for n in range(3):
        await append(store, "state", '[{"type":"log","message":"a"}]', n)
    await store.trim("state", 3)
    states = [
        RunState(sprint_id="large", head=LARGE_BATCHES),
        RunState(sprint_id="nested", head=400),
        largest_state("state"),
    ]
    for state in states:
        saved = SavedState(state.head, state.model_dump_json().encode())
        await store.save_state(state.sprint_id, saved)


async def append(store: SQLiteStore, name: str, raw: str, before: int) -> None:
    batch = validate_batch(raw.encode())
    assert not batch.refused
    await store.append(
        NewBatch(
            channel=name,
            publisher_id="0" * 32,
            publisher_seq=before + 1,
            start_publisher_seq=before + 1,
            events=batch.events,
            raw=batch.raw,
            user="u",
            timestamp="2026-11-22T21:58:00.123Z",
            batch_id=random_id(48),
        )
    )


def largest_state(name: str) -> RunState:
    text = "\x01"  # six bytes of JSON
    tasks = [
        TaskState(
            task=f"{n:03}".ljust(256, text), parents=[text * 256] * 2, current=n, unit=text * 32
        )
        for n in range(MAX_TASKS)
    ]
    return RunState(sprint_id=name, head=3, message=text * 4_096, tasks=tasks)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    folder = tmp_path_factory.mktemp("metered")
    path = folder / "store" / "sprints.db"

    async def prepare() -> None:
        store = SQLiteStore(path, durability="normal")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writer, "random_id", lambda _: EPOCH)
            await store.open(lambda *_: None, lambda _: None)
            await fill(store)
            await store.close()

    asyncio.run(prepare())
    with started(folder / "server", f"--RealtimeWidgets.store_path={path}") as jupyter:
        yield jupyter


@pytest.fixture
def full_server(tmp_path: Path) -> Iterator[Jupyter]:
    """A server that keeps more of the disk free than there is."""
    path = f"--RealtimeWidgets.store_path={tmp_path / 'store' / 'sprints.db'}"
    reserve = f"--RealtimeWidgets.disk_reserve_bytes={2**60}"
    with started(tmp_path / "server", path, reserve) as jupyter:
        yield jupyter


@contextmanager
def started(folder: Path, *options: str) -> Iterator[Jupyter]:
    with serving.jupyter(folder, *options) as jupyter:
        # What the first message loads is not its own.
        send_and_hear(jupyter, LAST_NUMBER, "ack", "nack")
        yield jupyter


# The meter.


def peak_mib(server: Jupyter, work: Callable[[Jupyter], None], *, at_once: int) -> float:
    with ThreadPoolExecutor(at_once) as threads, ExitStack() as stack:
        peak = stack.enter_context(peak_of(server.info["pid"]))
        list(threads.map(lambda _: work(server), range(at_once)))
        stack.close()
        return peak.mib


def is_like_another(metered: Metered) -> bool:
    """Whether there is the same message in another form; all of them take long."""
    return metered.name.endswith(", spaced") or metered.name.removeprefix("plain ") in PUBLISHED


@pytest.mark.parametrize(
    "metered",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.long] if is_like_another(each) else [])
        for each in METERED
    ],
)
def test_h2_the_worst_message_of_a_kind_takes_little_memory_alone_and_many_at_once(
    server: Jupyter, metered: Metered, record_property: Callable[[str, object], None]
) -> None:
    one = peak_mib(server, metered.work, at_once=1)
    many = peak_mib(server, metered.work, at_once=AT_ONCE)
    record_property("mib", (one, many))

    assert one < ONE_MIB
    assert many < MANY_MIB


def test_h2_where_nothing_can_be_stored_its_answers_take_little_memory(
    full_server: Jupyter,
) -> None:
    def work(server: Jupyter) -> None:
        with Peer(server, "run") as viewer:
            viewer.hello(watch={})
            viewer.until("trouble")
            flooding(LAST_NUMBER, 20_000)(server)

    assert peak_mib(full_server, work, at_once=1) < ONE_MIB


def test_h2_every_message_of_the_protocol_has_a_meter() -> None:
    kinds = {
        kind
        for module in (messages, index)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Message) and kind is not Message
    }

    metered = {kind for each in METERED for kind in each.of}
    # No client can ask for the latter two; a viewer is sent a `presence` only once it has read.
    assert metered | {Trouble} == kinds - {Direct, Presence}
