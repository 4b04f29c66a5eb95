"""The series of the metrics of a run, for a view that joins it later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pydantic_core import to_json

from realtime_widgets.hub import log_pages
from realtime_widgets.service import ApiError
from realtime_widgets.service.series import get_series

from .conftest import serving

if TYPE_CHECKING:
    from realtime_widgets.service import Service

COLUMNS = ("steps", "times", "mins", "maxs", "sums", "counts")


@pytest.fixture(autouse=True)
def _one_batch_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "READ_BYTES", 1)


async def publish(service: Service, *events: dict[str, Any]) -> None:
    for event in events:
        await service.hub.broadcast("run", event)


def metrics(values: dict[str, list[Any]], **fields: Any) -> dict[str, Any]:
    rows = len(next(iter(values.values())))
    return {"type": "metrics", "steps": list(range(rows)), "values": values, **fields}


def status(value: str) -> dict[str, Any]:
    return {"type": "status_update", "status": value}


async def test_each_metric_has_its_state_and_the_columns_of_its_series() -> None:
    async with serving() as service:
        await publish(
            service,
            metrics({"loss": [4, 2, "NaN"]}, time=100, times=[0, 1, 2]),
            {"type": "log", "message": "metrics"},
            metrics({"loss": [1, 3, None], "acc": [None, None, 0.5]}, time=200),
        )

        series = await get_series(service, "run", {})

    loss, acc = series["metrics"]
    assert {name: loss[name] for name in COLUMNS} == {
        "steps": [0, 0, 1, 1],
        "times": [100, 200, 101, 200],
        "mins": [4, 1, 2, 3],
        "maxs": [4, 1, 2, 3],
        "sums": [4, 1, 2, 3],
        "counts": [1, 1, 1, 1],
    }
    assert (loss["width"], loss["last"], loss["count"], loss["not_finite"]) == (1, 3, 5, 1)
    assert (acc["name"], acc["steps"]) == ("acc", [2])
    assert (series["head"], series["has_more"]) == (3, False)


async def test_an_attempt_has_its_own_series() -> None:
    async with serving() as service:
        for value in (1, 2, 3):
            await publish(service, status("running"), metrics({"loss": [value]}), status("failed"))

        found = [
            [metric["last"] for metric in (await get_series(service, "run", arguments))["metrics"]]
            for arguments in ({}, {"attempt": "1"}, {"attempt": "2"}, {"attempt": "9"})
        ]

    assert found == [[3], [1], [2], []]


async def test_an_attempt_has_its_own_configuration() -> None:
    async with serving() as service:
        for number in (1, 2):
            settings = {"type": "details", "config": {"lr": number}}
            await publish(service, status("running"), settings, status("failed"))

        found = [
            (await get_series(service, "run", {"attempt": attempt}))["config"]
            for attempt in ("1", "2")
        ]

    assert found == [{"lr": 1}, {"lr": 2}]


async def test_only_the_events_after_the_last_request_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []
    whole = log_pages.pages_of_log

    def pages(store: Any, name: str, epoch: str, seqs: range) -> Any:
        read.append(len(seqs))
        return whole(store, name, epoch, seqs)

    monkeypatch.setattr("realtime_widgets.hub.metric_series.pages_of_log", pages)
    async with serving() as service:
        await publish(service, *(metrics({"loss": [value]}) for value in range(5)))
        first, same = [await get_series(service, "run", {}) for _ in range(2)]
        await publish(service, metrics({"loss": [9]}))
        both = await asyncio.gather(*(get_series(service, "run", {}) for _ in range(2)))

    assert first == same
    assert both[0] == both[1]
    assert both[0]["metrics"][0]["count"] == 6
    assert read[:2] == [5, 0]
    assert sum(read[2:]) == 1


async def test_many_long_series_are_sent_in_fewer_buckets_with_exact_extremes() -> None:
    values = {f"m{n}": [float(v) + 1 / 3 for v in range(20)] for n in range(200)}
    async with serving() as service:
        for n in range(30):
            steps = [n * 20 + row for row in range(20)]
            await publish(service, metrics(values, steps=steps), metrics({f"more{n}": [1]}))

        series = await get_series(service, "run", {})

    assert len(series["metrics"]) == 200
    assert series["has_more"]
    assert sum(len(metric["steps"]) for metric in series["metrics"]) <= 20_000
    assert len(to_json(series)) < 2_000_000
    for metric in series["metrics"]:
        assert sum(metric["counts"]) == metric["count"] == 600
        assert max(metric["maxs"]) == metric["max"] == 19 + 1 / 3


async def test_a_run_that_does_not_exist_has_none_and_a_wrong_attempt_is_named() -> None:
    async with serving() as service:
        assert await get_series(service, "run", {}) == {
            "epoch": None,
            "first": 1,
            "head": 0,
            "metrics": [],
            "has_more": False,
            "config": {},
            "environment": {},
        }
        with pytest.raises(ApiError, match="attempt"):
            await get_series(service, "run", {"attempt": "0"})
