"""How long the page of a library takes to show the last point that it has stored.

The server of the page runs already; the time counts from the request for the page until what it has
loaded contains the last value, and until the frame after that.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.page import PATIENCE_S, chromium_page, weight
from benchmarks.process import clean_environment, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Request

__all__ = ["PAGES", "join_of", "page_of", "seconds_until_shown"]

LAST = "0.82421875"
"""The last value of each metric: no other one has it, and it is exact in single precision."""

PAGES = ("trackio", "tensorboardx", "mlflow")
"""The libraries with a page; W&B has none where it is offline."""


@contextmanager
def page_of(name: str, python: Path, folder: Path) -> Iterator[str]:
    """Serve the page of a library; yields its address."""
    port = free_port()
    environment = clean_environment() | {"TRACKIO_DIR": str(folder), "HF_HOME": str(folder)}
    environment |= {"MLFLOW_ALLOW_FILE_STORE": "true", "GRADIO_SERVER_PORT": str(port)}
    commands: dict[str, tuple[list[str], str]] = {
        "trackio": (
            [f"{python.parent}/trackio", "show", "--project", "benchmark"],
            "?project=benchmark",
        ),
        "tensorboardx": (
            [str(python), "-m", "tensorboard.main", "--logdir", str(folder), "--port", str(port)],
            "#timeseries",
        ),
        "mlflow": (
            [
                *(f"{python.parent}/mlflow", "ui", "--port", str(port), "--workers", "1"),
                *("--backend-store-uri", f"file://{folder}/mlruns"),
            ],
            _path_of_mlflow(folder),
        ),
    }
    command, path = commands[name]
    with running(command, port=port, folder=folder, environment=environment, core=None) as server:
        yield f"http://127.0.0.1:{server.port}/{path}"


def _path_of_mlflow(folder: Path) -> str:
    run = next(folder.glob("mlruns/*/*/metrics"), folder).parent
    return f"#/experiments/{run.parent.name}/runs/{run.name}/model-metrics"


def seconds_until_shown(url: str) -> float | None:
    """Open a page; return how long it takes until it has the last value, None where it has not."""
    with chromium_page() as page:
        arrived: list[Request | str | bytes] = []

        def note(one: Request | str | bytes) -> None:
            arrived.append(one)

        page.on("requestfinished", note)
        page.on("websocket", lambda socket: socket.on("framereceived", note))
        began = time.monotonic()
        page.goto(url, wait_until="commit")
        while time.monotonic() < began + PATIENCE_S:
            if any(LAST in _text_of(arrived.pop()) for _ in range(len(arrived))):
                page.evaluate("() => new Promise(requestAnimationFrame)")
                return time.monotonic() - began
            page.wait_for_timeout(10)
    return None


def join_of(url: str) -> dict[str, float]:
    """Open the page of a run of ours; return what it takes until its curves are drawn.

    Returns:
        `join_s`; `task_ms`, the longest task of its main thread; `heap_mb`, after a collection.
    """
    with chromium_page() as page:
        began = time.monotonic()
        page.goto(url, wait_until="commit")
        page.wait_for_selector(".rtw-chart canvas")
        seconds = time.monotonic() - began
        page.wait_for_timeout(1_000)  # what it does after that belongs to it
        task = page.evaluate("bench.task")
        return {"join_s": seconds, "task_ms": task, "heap_mb": weight(page)["heap_mb"]}


def _text_of(arrived: Request | str | bytes) -> str:
    if isinstance(arrived, str | bytes):
        return arrived if isinstance(arrived, str) else arrived.decode(errors="replace")
    response = arrived.response()
    if response is None or arrived.resource_type not in {"fetch", "xhr"}:
        return ""
    return response.body().decode(errors="replace")
