"""Times calls that log two metrics, in one library.

Arguments: the library, the number of calls, an empty folder, and for realtime-widgets the server.
It prints JSON: `us_call`, in microseconds; `cpu_us_call`, of all threads of this process; and
`stored_s`, until everything is written.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Log = Callable[[int, dict[str, float]], object]
    End = Callable[[], object]


LAST = 0.82421875
"""The last value of each metric, by which a page is known to show it."""


def realtime_widgets(_: str, server: str) -> tuple[Log, End]:
    """Publish to a Jupyter server."""
    from realtime_widgets import Sprint

    sprint = Sprint("metrics", server=server, show=False, echo=False)
    sprint.status("running")
    sprint.flush(60)
    return lambda step, values: sprint.metrics(values, step=step), lambda: sprint.flush(600)


def wandb(folder: str, _: str) -> tuple[Log, End]:
    """Log offline."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": folder}
    import wandb

    run = wandb.init(project="benchmark")
    return lambda step, values: run.log(values, step=step), run.finish


def mlflow(folder: str, _: str) -> tuple[Log, End]:
    """Log to the file store."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow

    mlflow.set_tracking_uri(f"file://{folder}/mlruns")
    mlflow.start_run()
    return lambda step, values: mlflow.log_metrics(values, step=step), mlflow.end_run


def tensorboardx(folder: str, _: str) -> tuple[Log, End]:
    """Write event files."""
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(folder)

    def log(step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def trackio(folder: str, _: str) -> tuple[Log, End]:
    """Log to its files."""
    os.environ |= {"TRACKIO_DIR": folder, "HF_HOME": folder}
    import trackio

    trackio.init(project="benchmark", embed=False)
    return lambda step, values: trackio.log(values, step=step), trackio.finish


def main(library: str, count: int, folder: str, server: str) -> None:
    """Time the calls."""
    log, end = globals()[library](folder, server)
    values = [{"loss": 1 / (number + 1), "acc": math.sin(number)} for number in range(1_000)]
    began, cpu = time.perf_counter(), time.process_time()
    for step in range(count - 1):
        log(step, values[step % 1_000])
    log(count - 1, {"loss": LAST, "acc": LAST})
    called = time.perf_counter()
    end()
    result = {
        "us_call": (called - began) / count * 1e6,
        "cpu_us_call": (time.process_time() - cpu) / count * 1e6,
        "stored_s": time.perf_counter() - began,
    }
    print(f"\n{json.dumps(result)}")


if __name__ == "__main__":
    _, _library, _count, _folder, *_server = sys.argv
    main(_library, int(_count), _folder, "".join(_server))
