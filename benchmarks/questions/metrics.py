"""Metrics: what do 100,000 calls with two values cost, beside other libraries?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.answers import Answer, Table
from benchmarks.machine import HERE
from benchmarks.metric_pages import PAGES, join_of, page_of, seconds_until_shown
from benchmarks.process import ours, work_folder
from benchmarks.rounds import print_progress

if TYPE_CHECKING:
    from benchmarks.rounds import Effort

OURS = "realtime-widgets"
PEERS = {
    "trackio": "trackio==0.43.0",
    "tensorboardx": "tensorboardX==2.6.5 tensorboard==2.20.0 setuptools<81",
    "wandb": "wandb==0.31.0",
    "mlflow": "mlflow==3.17.2",
}
"""What is installed, by the name of the function that logs; each has its own environment."""

NAMES = {
    "trackio": "Trackio, local",
    "tensorboardx": "TensorBoard (tensorboardX)",
    "wandb": "W&B, offline",
    "mlflow": "MLflow, file store",
}
COUNT = 100_000
LONG = 1_000_000
"""Calls of the run whose page is measured."""

ENVIRONMENTS = HERE / ".venv-metrics"
CALLS = HERE / "peers/metrics_calls.py"
NOTES = (
    (
        "Each call logs two values with a step; one round, as some peers take minutes. CPU time is "
        "that of the process that calls: for realtime-widgets the server has it as well, in the "
        "column beside it; W&B writes in a separate process, whose time is not in it."
    ),
    (
        "realtime-widgets stores durably and checks what it stores. The others write files: "
        "MLflow opens one for each value, W&B and TensorBoard append."
    ),
    (
        "The page is opened in Chromium when all is stored and its server runs; the time counts "
        "until it has loaded the last value, and until its next frame. Offline W&B has no page."
    ),
)


def ask(effort: Effort) -> Answer:
    """Time each library."""
    count = effort.pick(2_000, COUNT)
    rows = [_row(OURS, count, _ours(count))]
    for name, requirement in PEERS.items():
        print_progress(NAMES[name])
        rows.append(_row(NAMES[name], count, _peer(name, requirement, count)))
    columns = [
        "library",
        "calls",
        "µs a call",
        "CPU µs a call",
        "server CPU µs",
        "µs a call until all is stored",
        "bytes a call on disk",
        "page shows the last point after s",
    ]
    return Answer(
        "metrics",
        f"Metrics: {count:,} calls with two values",
        [Table("Beside other libraries", columns, rows), _long_run(effort.pick(20_000, LONG))],
        [],
        NOTES,
    )


def _row(name: str, count: int, found: dict[str, Any]) -> list[str | float | None]:
    times = [found["us_call"], found["cpu_us_call"], found.get("server_us")]
    stored = [found["stored_s"] / count * 1e6, found["bytes"] / count]
    return [name, count, *times, *stored, found.get("page_s")]


def _ours(count: int) -> dict[str, Any]:
    with work_folder() as folder:
        with ours(folder=folder) as server:
            before, cpu = _size_of(folder), server.cpu_s()
            address = f"http://127.0.0.1:{server.port}/?token={server.token}"
            found = _timed(Path(sys.executable), "realtime_widgets", count, folder, address)
            used = server.cpu_s() - cpu
            page = f"http://127.0.0.1:{server.port}/realtime/sprints/metrics?token={server.token}"
            found["page_s"] = seconds_until_shown(page)
            found["server_us"] = used / count * 1e6
        # SQLite has put its write-ahead log into the file.
        found["bytes"] = _size_of(folder) - before
        return found


def _long_run(count: int) -> Table:
    """What a long run takes in the store, and in a page that joins at its end."""
    with work_folder() as folder:
        with ours(folder=folder) as server:
            before = _size_of(folder)
            address = f"http://127.0.0.1:{server.port}/?token={server.token}"
            _timed(Path(sys.executable), "realtime_widgets", count, folder, address)
            run = (
                f"http://127.0.0.1:{server.port}/realtime/{{}}sprints/metrics?token={server.token}"
            )
            with urllib.request.urlopen(run.format("api/")) as response:  # noqa: S310 - this machine's server
                events = json.load(response)["head"]
            found = join_of(run.format(""))
        size = _size_of(folder) - before
    columns = {
        "curves drawn after s": "join_s",
        "longest block ms": "task_ms",
        "JS heap MB": "heap_mb",
    }
    row = [f"{count:,} calls", events, size / 1e6, *(found[key] for key in columns.values())]
    return Table("A long run of ours", ["", "events", "MB on disk", *columns], [row])


def _peer(name: str, requirement: str, count: int) -> dict[str, Any]:
    python = _environment(name, requirement)
    with tempfile.TemporaryDirectory() as folder:
        found = _timed(python, name, count, Path(folder))
        found["bytes"] = _size_of(Path(folder))
        if name in PAGES:
            try:
                with page_of(name, python, Path(folder)) as url:
                    found["page_s"] = seconds_until_shown(url)
            except RuntimeError as error:
                print_progress(f"{NAMES[name]}: no page: {str(error)[-600:]}")
        return found


def _environment(name: str, requirement: str) -> Path:
    """Return the Python of a library's environment, which is made where there is none."""
    folder = ENVIRONMENTS / name
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", *requirement.split()]
        subprocess.run(command, check=True)  # noqa: S603 - constants
    return python


def _timed(python: Path, name: str, count: int, folder: Path, server: str = "") -> dict[str, Any]:
    command = [str(python), str(CALLS), name, str(count), str(folder), server]
    done = subprocess.run(  # noqa: S603 - constants, and this machine's server
        command, cwd=folder, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
