"""Metrics: what do 100,000 calls with two values cost, beside other libraries?"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.answers import Answer, Table
from benchmarks.machine import HERE
from benchmarks.process import ours
from benchmarks.rounds import say

if TYPE_CHECKING:
    from benchmarks.rounds import Effort

OURS = "realtime-widgets"
PEERS = {
    "trackio": "trackio==0.43.0",
    "tensorboardx": "tensorboardX==2.6.5",
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
FEWER = {"mlflow": 10_000}
"""Calls of a library that takes many milliseconds for each."""

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
        "How long it takes until a page shows the last point is not measured: offline W&B has "
        "no page."
    ),
)


def ask(effort: Effort) -> Answer:
    """Time each library."""
    count = effort.pick(2_000, COUNT)
    rows = [_row(OURS, count, _ours(count))]
    for name, requirement in PEERS.items():
        say(NAMES[name])
        calls = min(count, FEWER.get(name, count))
        rows.append(_row(NAMES[name], calls, _peer(name, requirement, calls)))
    columns = [
        "library",
        "calls",
        "µs a call",
        "CPU µs a call",
        "server CPU µs",
        "µs a call until all is stored",
        "bytes a call on disk",
    ]
    return Answer(
        "metrics",
        f"Metrics: {count:,} calls with two values",
        [Table("Beside other libraries", columns, rows)],
        [],
        NOTES,
    )


def _row(name: str, count: int, found: dict[str, Any]) -> list[str | float | None]:
    times = [found["us_call"], found["cpu_us_call"], found.get("server_us")]
    return [name, count, *times, found["stored_s"] / count * 1e6, found["bytes"] / count]


def _ours(count: int) -> dict[str, Any]:
    with ours() as server:
        before, cpu = _size_of(server.folder), server.cpu_s()
        address = f"http://127.0.0.1:{server.port}/?token={server.token}"
        found = _timed(Path(sys.executable), "realtime_widgets", count, server.folder, address)
        found["bytes"] = _size_of(server.folder) - before
        found["server_us"] = (server.cpu_s() - cpu) / count * 1e6
        return found


def _peer(name: str, requirement: str, count: int) -> dict[str, Any]:
    python = _environment(name, requirement)
    with tempfile.TemporaryDirectory() as folder:
        found = _timed(python, name, count, Path(folder))
        found["bytes"] = _size_of(Path(folder))
        return found


def _environment(name: str, requirement: str) -> Path:
    """Return the Python of a library's environment, which is made where there is none."""
    folder = ENVIRONMENTS / name
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", requirement]
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
