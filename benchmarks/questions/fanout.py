"""Fan-out: one publisher, many viewers, as much as goes."""

from __future__ import annotations

from benchmarks.answers import Answer, Plot, Table
from benchmarks.load import load, wrong_of
from benchmarks.rounds import Effort, Sample, Samples, interleaved, print_progress
from benchmarks.targets import OURS, PEERS_LIVE, RAW_CHUNK, RAW_EACH, Target

WINDOW = 256
MAIN = 100
"""How many viewers the comparison is made with."""


def ask(effort: Effort) -> Answer:
    """Measure one viewer up to five hundred."""
    viewers = effort.pick((1, 100), (1, 10, 100, 500))
    single = [RAW_EACH, OURS, *PEERS_LIVE]
    joined = [RAW_CHUNK, *(target.joined() for target in (OURS, *PEERS_LIVE))]
    samples = interleaved(
        effort,
        [*single, *joined],
        lambda target: measure(target, viewers, effort),
        name=lambda target: target.name,
    )
    return Answer(
        "fanout",
        "Fan-out: how much of the server does one delivery cost?",
        [
            _compare("one event a message", single, OURS, RAW_EACH, samples),
            _compare("64 events a message", joined, OURS.joined(), RAW_CHUNK, samples),
            all_counts(viewers, samples),
        ],
        [
            Plot(
                "fanout",
                f"Server CPU time of one delivery, {MAIN} viewers",
                "µs",
                {
                    name: [samples.middle(name, lambda sample: cpu_us(sample, MAIN))]
                    for name in samples.names
                },
            )
        ],
        (
            (
                f"Closed loop: {WINDOW} events of 200 bytes in flight; everything of the product "
                "on (token, validation, SQLite with durability `full` on a disk, acks)."
            ),
            (
                "`µs` is the server's CPU time for one event at one viewer; the ratios are of "
                "that time, inside a repetition."
            ),
            "No server compresses, because the load client does not offer it.",
        ),
    )


def measure(target: Target, viewers: tuple[int, ...], effort: Effort) -> Sample:
    """Return what the load client measured, by the number of viewers as text."""
    sample: Sample = {}
    with target.start() as server:
        for count in viewers:
            result = load(
                "flow",
                server,
                target.wire(server, target.batch),
                viewers=count,
                batch=target.batch,
                window=max(WINDOW, target.batch),
                warm=effort.warm_s,
                patience=30,
                **{"for": effort.for_s},
            )
            sample[str(count)] = result
            if wrong_of(result):
                print_progress(
                    f"{target.name}, {count} viewers: {wrong_of(result)} wrong deliveries"
                )
    return sample


def cpu_us(sample: Sample, viewers: int) -> float:
    """Return the server's CPU time for one delivery, in microseconds."""
    result = sample[str(viewers)]
    return (
        result["server_cpu_s"] / result["deliveries"] * 1e6
        if result["deliveries"]
        else float("nan")
    )


def rate(sample: Sample, viewers: int) -> float:
    """Return events a second."""
    result = sample[str(viewers)]
    return float(result["events"] / result["seconds"])


def _compare(
    title: str, targets: list[Target], ours: Target, limit: Target, samples: Samples
) -> Table:
    def cpu(sample: Sample) -> float:
        return cpu_us(sample, MAIN)

    limits = list(dict.fromkeys((RAW_EACH.name, limit.name)))
    rows = []
    for target in targets:
        events_s = samples.middle(target.name, lambda sample: rate(sample, MAIN))
        wrong = sum(wrong_of(sample[str(MAIN)]) for sample in samples.of(target.name))
        rows.append(
            [
                target.name,
                samples.middle(target.name, cpu),
                events_s,
                events_s * MAIN / 1e6 if events_s else None,
                samples.ratio(target.name, ours.name, cpu),
                *(samples.ratio(limit, target.name, cpu) for limit in limits),
                wrong,
            ]
        )
    rows.sort(key=lambda row: row[1] if isinstance(row[1], float) else 1e9)
    return Table(
        f"{MAIN} viewers, {title}",
        [
            "server",
            "µs",
            "events/s",
            "M deliveries/s",
            "times realtime-widgets",
            *(f"{limit}, times this" for limit in limits),
            "wrong",
        ],
        rows,
    )


def all_counts(viewers: tuple[int, ...], samples: Samples) -> Table:
    """Return a table of all targets with all numbers of viewers."""
    rows = []
    for name in samples.names:
        row: list[str | None] = [name]
        for count in viewers:
            events_s = samples.middle(name, lambda sample, count=count: rate(sample, count))  # type: ignore[misc]
            cpu = samples.middle(name, lambda sample, count=count: cpu_us(sample, count))  # type: ignore[misc]
            row.append(None if events_s is None or cpu is None else f"{events_s:,.0f} ({cpu:.3g})")
        rows.append(row)
    return Table(
        "All: events/s (µs of server CPU a delivery)",
        ["server", *(f"{count} viewers" if count > 1 else "1 viewer" for count in viewers)],
        rows,
    )
