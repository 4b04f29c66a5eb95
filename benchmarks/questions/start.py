"""Starting: import, the first event of a fresh kernel, and what the extension adds to a server."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.answers import Answer, Table
from benchmarks.kernel import kernel
from benchmarks.machine import CLIENT_CORE, HERE
from benchmarks.process import jupyter, ours
from benchmarks.rounds import Effort, Sample, Samples, print_progress

_IMPORT = """
import time
began = time.perf_counter()
import {module}
print((time.perf_counter() - began) * 1e3)
"""


def ask(effort: Effort) -> Answer:
    """Time each several times, one after the other."""
    samples = Samples()
    for number in range(1, effort.pick(3, 10) + 1):
        for module in ("realtime_widgets", "json", "asyncio", "pydantic"):
            samples.add(module, {"ms": _import_ms(module)})
        with jupyter() as without:
            samples.add("without", {"s": without.start_s, "cpu": without.cpu_s()})
        with ours() as server:
            samples.add("with", {"s": server.start_s, "cpu": server.cpu_s()})
            with kernel(server) as started:
                samples.add("first", started.ask("first", sprint_id=f"first-{number}"))
        print_progress(f"round {number}")
    return Answer(
        "start",
        "Starting: import, first event, server",
        [_imports(samples), _kernel(samples), _server(samples)],
        (),
        (
            (
                "Fresh processes, files in the cache of the system. `asyncio`, `json` and "
                "`pydantic` stand beside the product's import for scale."
            ),
            (
                "`added` is the median of what a server with the extension took longer than the "
                "one before it without, both with no other extension."
            ),
        ),
    )


def _import_ms(module: str) -> float:
    command = [
        "taskset",
        "-c",
        str(CLIENT_CORE),
        sys.executable,
        "-c",
        _IMPORT.format(module=module),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE.parent)  # noqa: S603 - this Python
    return float(done.stdout)


def _imports(samples: Samples) -> Table:
    def ms(sample: Sample) -> float:
        return float(sample["ms"])

    names = [name for name in samples.names if name not in {"with", "without", "first"}]
    rows = [[f"import {name}", samples.middle(name, ms), samples.least(name, ms)] for name in names]
    return Table("Import, in a fresh interpreter", ["", "median ms", "least ms"], rows)


def _kernel(samples: Samples) -> Table:
    steps = {
        "import_ms": "`import realtime_widgets`",
        "made_ms": "... until `Sprint(...)` returned: it is ready to publish",
        "called_ms": "... until the first `log` returned",
        "stored_ms": "... until that line was stored",
    }
    rows = [
        [
            words,
            samples.middle("first", lambda sample, key=key: sample[key]),  # type: ignore[misc]
            samples.least("first", lambda sample, key=key: sample[key]),
        ]  # type: ignore[misc]
        for key, words in steps.items()
    ]
    return Table("A fresh kernel, from before the import", ["until", "median ms", "least ms"], rows)


def _server(samples: Samples) -> Table:
    pairs = list(zip(samples.of("with"), samples.of("without"), strict=False))
    rows = []
    for key, words in (("s", "until it answers"), ("cpu", "processor time until then")):
        added = sorted((a[key] - b[key]) * 1e3 for a, b in pairs)
        rows.append(
            [
                words,
                samples.middle("without", lambda sample, key=key: sample[key] * 1e3),  # type: ignore[misc]
                samples.middle("with", lambda sample, key=key: sample[key] * 1e3),  # type: ignore[misc]
                added[len(added) // 2] if added else None,
            ]
        )
    return Table(
        "A Jupyter server's start", ["", "without ms", "with the extension ms", "added ms"], rows
    )
