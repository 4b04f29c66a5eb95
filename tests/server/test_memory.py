"""How much memory the server takes for the worst request of each route."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

from realtime_widgets.hub import SQLiteStore
from realtime_widgets.hub.stores.base import NewBatch, SavedState
from realtime_widgets.hub.stores.blobs import Blob
from realtime_widgets.protocol.ids import random_id
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.messages import SUBPROTOCOL
from realtime_widgets.protocol.outputs.blob import MAX_BLOB, sha256_of
from realtime_widgets.protocol.run_state import RunState
from realtime_widgets.protocol.task_states import MAX_TASKS, TaskState
from realtime_widgets.protocol.validation import validate_batch
from tests import memory_meter, serving
from tests.memory_meter import peak_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.client import ClientConnection

    from realtime_widgets_server import RealtimeWidgets

pytestmark = pytest.mark.skipif(not memory_meter.IS_SUPPORTED, reason="needs /proc")

AT_ONCE = 12

SMALL_RUNS = 2_000
LARGE_STATES = 20
LARGE_EVENTS = 300
LARGE_BLOB = bytes(MAX_BLOB)

ID = r"(?P<sprint_id>[^/]+)"


class Metered(NamedTuple):
    """The worst request of a route, and what it may take."""

    route: str
    path: str
    one_mib: float
    """Above what the server holds before, for one request."""

    many_mib: float
    """The same for twelve at once."""

    method: str = "GET"
    accept: str = "application/json"


SMALL = 4, 8
"""What a request takes that needs nothing but itself."""

PAGE = 12, 32
"""What a page takes: it has 1 MiB, and so has what it is made from."""

NESTED_PAGE = 32, 48
"""What a page takes whose events are all brackets: they have to be parsed, a batch at a time."""

EVENTS = f"/realtime/api/sprints/{ID}/events"
DOWNLOAD = f"/realtime/api/sprints/{ID}/download"
SERIES = f"/realtime/api/sprints/{ID}/series"
STREAMS = {f"{EVENTS}/stream", f"/realtime/api/sprints/{ID}/agui"}
BLOB = f"/realtime/api/sprints/{ID}/blobs/(?P<item>[^/]+)"
REPLIES = f"/realtime/api/sprints/{ID}/replies"
ACCESS = f"/realtime/api/sprints/{ID}/access"
NDJSON = "application/x-ndjson"
ALL = "after=0&limit=1000"
NEWEST = "before=9007199254740991&limit=1000"

METERED = [
    Metered("/realtime", "realtime", *SMALL),
    Metered("/realtime/", "realtime/", *SMALL),
    Metered("/realtime/compare", "realtime/compare?run=small-1&run=large-events", *SMALL),
    Metered(f"/realtime/sprints/{ID}", "realtime/sprints/large-events", *SMALL),
    Metered(f"/realtime/ws/sprints/{ID}", "realtime/ws/sprints/large-events", 8, 32),
    Metered("/realtime/ws/index", "realtime/ws/index", *PAGE),
    Metered("/realtime/api/index/ticket", "realtime/api/index/ticket", *SMALL, method="POST"),
    Metered("/realtime/api/health", "realtime/api/health", *SMALL),
    Metered("/realtime/api/sprints", "realtime/api/sprints", *PAGE),
    Metered("/realtime/api/sprints", "realtime/api/sprints?before=2000", *PAGE),
    Metered(f"/realtime/api/sprints/{ID}", "realtime/api/sprints/large-state-1", *PAGE),
    Metered(
        f"/realtime/api/sprints/{ID}/position", "realtime/api/sprints/large-events/position", *SMALL
    ),
    Metered(EVENTS, f"realtime/api/sprints/large-events/events?{ALL}", *PAGE),
    Metered(EVENTS, f"realtime/api/sprints/large-events/events?{NEWEST}", *PAGE),
    Metered(EVENTS, f"realtime/api/sprints/large-events/events?{ALL}", *PAGE, accept=NDJSON),
    Metered(EVENTS, f"realtime/api/sprints/nested/events?{ALL}", *NESTED_PAGE),
    Metered(EVENTS, f"realtime/api/sprints/nested/events?{NEWEST}", *NESTED_PAGE),
    Metered(
        f"/realtime/api/sprints/{ID}/search",
        "realtime/api/sprints/large-events/search?text=x",
        *PAGE,
    ),
    Metered(
        f"/realtime/api/sprints/{ID}/search", "realtime/api/sprints/nested/search?text=x", *PAGE
    ),
    Metered(DOWNLOAD, "realtime/api/sprints/large-events/download?format=ndjson", *PAGE),
    Metered(DOWNLOAD, "realtime/api/sprints/nested/download?format=ndjson", *NESTED_PAGE),
    Metered(SERIES, "realtime/api/sprints/large-events/series", *PAGE),
    Metered(SERIES, "realtime/api/sprints/nested/series", *NESTED_PAGE),
    Metered(f"{EVENTS}/stream", "realtime/api/sprints/large-events/events/stream", *PAGE),
    Metered(f"{EVENTS}/stream", "realtime/api/sprints/nested/events/stream", *NESTED_PAGE),
    Metered(f"/realtime/api/sprints/{ID}/agui", "realtime/api/sprints/nested/agui", *NESTED_PAGE),
    # Two blobs at a time, as they were stored and as they are sent.
    Metered(BLOB, f"realtime/api/sprints/large-events/blobs/{sha256_of(LARGE_BLOB)}", 40, 64),
    Metered(REPLIES, "realtime/api/sprints/large-events/replies", *SMALL, method="POST"),
    Metered(ACCESS, "realtime/api/sprints/large-events/access", *SMALL),
    Metered(
        f"{ACCESS}/requests",
        "realtime/api/sprints/large-events/access/requests",
        *SMALL,
        method="POST",
    ),
    Metered(
        f"/realtime/api/sprints/{ID}/ticket",
        "realtime/api/sprints/large-events/ticket",
        *SMALL,
        method="POST",
    ),
    Metered("/realtime/static/([^/]+)", "realtime/static/page.js", *SMALL),
    # Last, as it is gone then; the others find nothing more to delete.
    Metered(
        f"/realtime/api/sprints/{ID}",
        "realtime/api/sprints/large-events",
        *PAGE,
        method="DELETE",
    ),
]

WARM_UP = ("realtime/", "realtime/api/health", "realtime/api/sprints/small-1/events?limit=1")


# The worst that can lie behind the routes.


async def fill(store: SQLiteStore) -> None:
    small = b'[{"type":"log","message":"hi"}]'
    states = [RunState(sprint_id=f"small-{n}", head=1, logs=1) for n in range(SMALL_RUNS)]
    states += [largest_state(f"large-state-{n}") for n in range(LARGE_STATES)]
    await asyncio.gather(*(append(store, state.sprint_id, small) for state in states))
    text = "x" * (Limits().event_bytes - 1_000)
    large = json.dumps([{"type": "mine", "text": text}]).encode()
    for n in range(LARGE_EVENTS):
        await append(store, "large-events", large, n)
    # Much memory for few bytes: the most values that an event may have, in a batch that is full.
    brackets = json.dumps([{"type": "mine", "values": [[]] * 1_700}] * 200).encode()
    for n in range(4):
        await append(store, "nested", brackets, 200 * n)
    # As a server leaves them: else the next one reduces them from their events when it starts.
    states += [RunState(sprint_id="large-events", head=LARGE_EVENTS)]
    states += [RunState(sprint_id="nested", head=800)]
    blob = Blob("image/png", LARGE_BLOB)
    await store.put_blob("large-events", sha256_of(LARGE_BLOB), blob)
    for state in states:
        saved = SavedState(state.head, state.model_dump_json().encode())
        await store.save_state(state.sprint_id, saved)


async def append(store: SQLiteStore, name: str, raw: bytes, before: int = 0) -> None:
    batch = validate_batch(raw)
    assert not batch.refused
    await store.append(
        NewBatch(
            channel=name,
            publisher_id="0" * 32,
            publisher_seq=before + 1,
            start_publisher_seq=before + 1,
            events=batch.events,
            raw=batch.raw,
            user="x" * 256,
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
    return RunState(sprint_id=name, head=1, message=text * 4_096, tasks=tasks)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Jupyter]:
    folder = tmp_path_factory.mktemp("metered")
    path = folder / "store" / "sprints.db"

    async def prepare() -> None:
        store = SQLiteStore(path, durability="normal")
        await store.open(lambda *_: None, lambda _: None)
        await fill(store)
        await store.close()

    asyncio.run(prepare())
    store = f"--RealtimeWidgets.store_path={path}"
    with serving.jupyter(folder / "server", store) as jupyter:
        # What the first requests load is not theirs alone.
        for path in WARM_UP:
            ask(jupyter, Metered("", path, *SMALL))
        yield jupyter


# The worst request.


def ask(server: serving.Jupyter, metered: Metered) -> int:
    """Make the request, and return the size of the answer."""
    url = urlsplit(server.url)
    token = {"Authorization": f"token {server.info['token']}"}
    if "/ws/" in metered.path:
        read = list_runs if metered.path.endswith("/index") else watch
        return read(f"ws://{url.netloc}{url.path}{metered.path}", token)
    with closing(serving.connection(url.scheme, url.netloc)) as asked:
        body = "{}" if metered.method == "POST" else None
        headers = {**token, "Accept": metered.accept}
        asked.request(metered.method, f"{url.path}{metered.path}", body, headers)
        answer = asked.getresponse()
        # Searches and downloads beyond those that may run at a time are refused after a wait.
        has_slots = "/search?" in metered.path or metered.route in {DOWNLOAD, SERIES}
        refused = {503} if has_slots else {400} if metered.route == REPLIES else set()
        assert answer.status in {200, 204, 302, 404} | refused
        # A stream ends with its client.
        return len(answer.read1(2**20) if metered.route in STREAMS else answer.read())


def opened(url: str, headers: dict[str, str]) -> ClientConnection:
    return connect(
        url,
        additional_headers=headers,
        subprotocols=[SUBPROTOCOL],
        max_size=2**24,
        proxy=None,
        open_timeout=serving.PATIENCE_S,
    )


def watch(url: str, headers: dict[str, str]) -> int:
    """Read the beginning of a run, and no more of what waits."""
    hello = {"type": "hello", "v": 1, "sprint_id": url.rpartition("/")[2], "watch": {}}
    with opened(url, headers) as socket:
        socket.send(json.dumps(hello))
        return max(len(socket.recv(timeout=serving.PATIENCE_S)) for _ in range(8))


def list_runs(url: str, headers: dict[str, str]) -> int:
    """Change a run whose state is large, and read it from the index."""
    name = "large-state-2"
    run = f"{url.removesuffix('index')}sprints/{name}"
    with opened(url, headers) as index, opened(run, headers) as publisher:
        index.send('{"type":"hello","v":1}')
        index.recv(timeout=serving.PATIENCE_S)
        publish = {"publisher_id": random_id(128)}
        hello = {"type": "hello", "v": 1, "sprint_id": name, "publish": publish}
        publisher.send(json.dumps(hello))
        event = '{"type":"log","message":"hi"}'
        publisher.send(f'{{"type":"publish","first_n":1,"events":[{event}]}}')
        return len(index.recv(timeout=serving.PATIENCE_S))


def peak_mib(server: serving.Jupyter, metered: Metered, *, at_once: int) -> float:
    with ThreadPoolExecutor(at_once) as threads, ExitStack() as stack:
        peak = stack.enter_context(peak_of(server.info["pid"]))
        sizes = list(threads.map(lambda _: ask(server, metered), range(at_once)))
        # A download is as long as the log, and sent piece by piece.
        assert metered.route in {DOWNLOAD, BLOB} or max(sizes) < 1.2 * 1024 * 1024
        stack.close()
        return peak.mib


@pytest.mark.long
@pytest.mark.parametrize(
    "metered",
    [pytest.param(each, id=f"{each.method} {each.path} {each.accept}") for each in METERED],
)
def test_h2_the_worst_request_of_a_route_takes_little_memory_alone_and_many_at_once(
    server: serving.Jupyter, metered: Metered, record_property: Callable[[str, object], None]
) -> None:
    one = peak_mib(server, metered, at_once=1)
    many = peak_mib(server, metered, at_once=AT_ONCE)
    record_property("mib", (one, many))

    assert one < metered.one_mib
    assert many < metered.many_mib


def test_h2_every_route_has_a_meter(extension: RealtimeWidgets) -> None:
    routes = {handler[0] for handler in extension.handlers}

    assert {metered.route for metered in METERED} == routes
