"""FastAPI: what does a delivery cost that is durable, compared with the usual manager's?"""

from __future__ import annotations

from benchmarks.answers import Answer, Table
from benchmarks.questions.fanout import WINDOW, all_counts, cpu_us, measure, rate
from benchmarks.rounds import Effort, Samples, interleaved
from benchmarks.targets import ASGI_APP, ASGI_MANAGER, FASTAPI, Target

VIEWERS = (1, 100, 500)


def ask(effort: Effort) -> Answer:
    """Measure the original manager, ours awaited one by one, and ours published."""
    targets = [FASTAPI, ASGI_MANAGER, ASGI_APP, ASGI_APP.joined()]
    samples = interleaved(
        effort,
        targets,
        lambda target: measure(target, VIEWERS, effort),
        name=lambda target: target.name,
    )
    return Answer(
        "asgi",
        "FastAPI: how much of the server does one delivery cost?",
        [*(_at(count, targets, samples) for count in VIEWERS), all_counts(VIEWERS, samples)],
        [],
        (
            (
                f"Closed loop: {WINDOW} events of 200 bytes in flight, one uvicorn process with "
                "uvloop. The manager of FastAPI's guide stores nothing; ours and the mounted app "
                "store each event in SQLite with durability `full` on a disk."
            ),
            "`µs` is the server's CPU time for one event at one viewer.",
        ),
    )


def _at(count: int, targets: list[Target], samples: Samples) -> Table:
    rows = []
    for target in targets:
        name = target.name
        rows.append(
            [
                name,
                samples.middle(name, lambda sample: cpu_us(sample, count)),
                samples.middle(name, lambda sample: rate(sample, count)),
                samples.ratio(FASTAPI.name, name, lambda sample: cpu_us(sample, count)),
            ]
        )
    title = f"{count} viewers" if count > 1 else "1 viewer"
    return Table(title, ["server", "µs", "events/s", f"{FASTAPI.name}, times this"], rows)
