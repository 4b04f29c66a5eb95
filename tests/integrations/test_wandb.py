"""The look-alike of wandb: a script that logs to it is a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import realtime_widgets.integrations.wandb as wandb  # noqa: PLR0402 - as a script imports it
from tests.client.reading import published, state

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    yield
    wandb.finish()


def points(run: wandb.Run) -> list[tuple[str, float, Any]]:
    return [
        (name, step, value)
        for event in published(run.sprint)
        if event["type"] == "metrics"
        for name, column in event["values"].items()
        for step, value in zip(event["steps"], column, strict=True)
        if value is not None
    ]


def test_a_script_is_a_run_with_configuration_metrics_and_images() -> None:
    run = wandb.init(
        project="digits", name="my run/1", config={"lr": 0.1}, tags=["gpu"], server="embedded"
    )
    wandb.config.epochs = 3
    wandb.config.update({"seed": 1})
    wandb.log({"loss": 2.0})
    wandb.log({"loss": 1.0, "figure": wandb.Image("drawn", caption="after one epoch")})
    wandb.finish()

    found = state(run.sprint)
    assert (run.name, found["status"]) == ("my-run-1", "succeeded")
    assert found["details"]["title"] == "digits"
    assert found["details"]["config"] == {"lr": 0.1, "epochs": 3, "seed": 1}
    assert (wandb_output := found["outputs"][0])["name"] == "figure"
    assert wandb_output["caption"] == "after one epoch"
    assert points(run) == [("loss", 0, 2.0), ("loss", 1, 1.0)]


def test_steps_continue_after_a_given_one_and_stay_without_a_commit() -> None:
    run = wandb.init(server="embedded")
    run.log({"a": 1.0}, commit=False)
    run.log({"b": 2.0})
    run.log({"a": 3.0}, step=10)
    run.log({"b": 4.0})
    run.log({"a": 5.0})

    made = points(run)
    assert [(step, value) for name, step, value in made if name == "a"] == [
        (0, 1),
        (10, 3),
        (11, 5),
    ]
    assert [(step, value) for name, step, value in made if name == "b"] == [(0, 2), (10, 4)]


def test_the_configuration_can_be_read_as_it_was_given() -> None:
    run = wandb.init(config=SimpleNamespace(layers=[1, 2]), server="embedded")

    assert run.config.layers == wandb.config["layers"] == [1, 2]
    with pytest.raises(AttributeError, match="missing"):
        run.config.missing  # noqa: B018 - the access is the test


def test_a_second_init_ends_the_first_run_and_an_error_fails_one() -> None:
    first = wandb.init(server="embedded")
    second = wandb.init(server="embedded")
    with pytest.raises(ValueError, match="diverged"), second:
        raise ValueError("diverged")

    assert state(first.sprint)["status"] == "succeeded"
    assert (state(second.sprint)["status"], state(second.sprint)["message"]) == (
        "failed",
        "ValueError: diverged",
    )


def test_logging_before_init_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"call wandb.init\(\) first"):
        wandb.log({"a": 1})
