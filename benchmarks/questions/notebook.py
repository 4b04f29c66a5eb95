"""The notebook's own path: how much of a burst reaches a page, and when?"""

from __future__ import annotations

import asyncio
import json
import re
import struct
import time
import uuid
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.answers import Answer, Table
from benchmarks.kernel import CELLS, kernel
from benchmarks.load import finish, start
from benchmarks.process import jupyter, ours
from benchmarks.rounds import Effort, Sample, interleaved
from benchmarks.targets import OURS, our_wire

if TYPE_CHECKING:
    from benchmarks.process import Server

EVENTS = 20_000
QUADRATIC = 1_000
"""Lines for the Output widget, each of which sends all those before it again."""

PATHS = {
    "comm.send": "comm_send",
    "anywidget send": "anywidget_send",
    "display update": "display_update",
    "print": "print_line",
    "Output.append_stdout": "output_widget",
}
SILENCE_S = 3.0
_MARK = re.compile(rb"@n([0-9]{9})")


NOTES = (
    (
        "A real Jupyter server and kernel; the page is a client of the kernel's "
        "WebSocket that "
        "speaks the protocol of JupyterLab, and draws nothing. `seen` counts different "
        "lines."
    ),
    ("By default the server drops messages above 1,000 a second, and text above 1 MB a second."),
    f"`Output.append_stdout` sends all lines again with each: it gets {QUADRATIC:,}.",
)


def ask(effort: Effort) -> Answer:
    """Send the same lines along each path, from a cell, to one page."""
    samples = interleaved(effort, [OURS.name, *PATHS], _measure, name=str)
    rows = [
        [
            name,
            samples.middle(name, lambda sample: sample["count"]),
            samples.middle(name, lambda sample: sample["seen"] / sample["count"] * 100),
            samples.middle(name, lambda sample: sample["seen"] / sample["last_s"]),
            samples.middle(name, lambda sample: sample["last_s"]),
            samples.middle(name, lambda sample: sample["cell_s"] / sample["count"] * 1e6),
            samples.middle(name, _server_us),
            samples.ratio(OURS.name, name, lambda sample: sample["seen"] / sample["last_s"]),
        ]
        for name in samples.names
    ]
    return Answer(
        "notebook",
        f"The notebook's own path: {EVENTS:,} lines from a cell to one page",
        [
            Table(
                "With Jupyter Server's default limits",
                [
                    "path",
                    "lines",
                    "% seen",
                    "seen/s",
                    "last seen after s",
                    "µs a call",
                    "server µs a line seen",
                    "realtime-widgets sees times as many a second",
                ],
                rows,
            )
        ],
        (),
        NOTES,
    )


def _server_us(sample: Sample) -> float:
    return sample["server_cpu_s"] / sample["seen"] * 1e6 if sample["seen"] else float("nan")


def _measure(path: str) -> Sample:
    if path == OURS.name:
        return _measure_ours()
    count = QUADRATIC if path == "Output.append_stdout" else EVENTS
    code = (CELLS / f"{PATHS[path]}.py").read_text()
    with jupyter() as server, kernel(server) as started:
        started.run("import anywidget, ipywidgets")  # not part of the burst
        cpu = server.cpu_s()
        seen, last, began, took = asyncio.run(_watch(server, started.id, code, count))
        return {
            "count": count,
            "seen": seen,
            "last_s": last - began if last else float("nan"),
            "cell_s": took,
            "server_cpu_s": server.cpu_s() - cpu,
        }


async def _watch(
    server: Server, kernel_id: str, code: str, count: int
) -> tuple[int, float, float, float]:
    url = (
        f"ws://127.0.0.1:{server.port}/api/kernels/{kernel_id}/channels"
        f"?token={server.token}&session_id={uuid.uuid4().hex}"
    )
    protocol = Subprotocol("v1.kernel.websocket.jupyter.org")
    async with connect(
        url,
        subprotocols=[protocol],
        max_size=None,
        max_queue=None,
        compression=None,
        proxy=None,
        ping_interval=None,
    ) as page:
        await asyncio.sleep(1.0)
        burst = (CELLS / "burst.py").read_text()
        await page.send(_execute(f"count = {count}\n{code}\n{burst}"))
        seen: set[bytes] = set()
        last = 0.0
        while True:
            try:
                async with asyncio.timeout(SILENCE_S if last else 60):
                    message = await page.recv()
            except TimeoutError:
                break
            marks = _MARK.findall(message if isinstance(message, bytes) else message.encode())
            if marks and not seen.issuperset(marks):
                seen.update(marks)
                last = time.monotonic()
            if b'"execute_reply"' in message[:2_000] and not last:  # type: ignore[operator]
                last = -1.0  # nothing will come that did not come by now, but for what is buffered
        began, took = await _times(page)
        return len(seen), max(last, 0.0), began, took


def _execute(code: str, **expressions: str) -> bytes:
    """An `execute_request` in the framing of the protocol: offsets, then the parts."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": uuid.uuid4().hex,
        "date": "2026-01-01T00:00:00Z",
        "version": "5.4",
    }
    content: dict[str, Any] = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": expressions,
        "allow_stdin": False,
    }
    parts = [b"shell", *(json.dumps(part).encode() for part in (header, {}, {}, content))]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    return struct.pack(f"<{len(offsets) + 1}Q", len(offsets), *offsets) + b"".join(parts)


async def _times(page: ClientConnection) -> tuple[float, float]:
    """When the burst began, on the clock of all processes, and how long the cell took for it."""
    await page.send(_execute("", times="(_began, _took)"))
    async with asyncio.timeout(120):
        while True:
            message = await page.recv()
            data = message if isinstance(message, bytes) else message.encode()
            found = re.search(rb'"text/plain": ?"\(([0-9.e+-]+), ([0-9.e+-]+)\)"', data)
            if found:
                return float(found[1]), float(found[2])


def _measure_ours() -> Sample:
    with ours() as server, kernel(server) as started:
        watcher = start(
            "history", server, our_wire(server, 1, "burst"), viewers=1, until=EVENTS, patience=60
        )
        started.run((CELLS / "sprint_log.py").read_text(), sprint_id="burst")
        cpu = server.cpu_s()
        started.run((CELLS / "burst.py").read_text(), count=EVENTS)
        seen = finish(watcher)
        began, took = json.loads(started.run("print([_began, _took])"))
        return {
            "count": EVENTS,
            "seen": EVENTS if seen["complete"] and not seen["gaps"] else 0,
            "last_s": seen["ended_at"] - began,
            "cell_s": took,
            "server_cpu_s": server.cpu_s() - cpu,
        }
