"""`sprint.config`, `describe` and `record_environment`: what is published of a run's details."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from realtime_widgets import InvalidEventError, Sprint
from tests.client.reading import lines, published, state


@dataclass
class Optimizer:
    name: str
    lr: float


def details(sprint: Sprint) -> dict[str, Any]:
    found: dict[str, Any] = state(sprint)["details"]
    return found


def test_settings_of_any_kind_become_flat(sprint: Sprint) -> None:
    sprint.config({"optimizer": Optimizer("adam", 1e-3), "layers": [64, 32]}, seed=np.int64(1))
    sprint.config(argparse.Namespace(epochs=3, resume=None, amp=True, dropout=float("nan")))

    assert details(sprint)["config"] == {
        "optimizer.name": "adam",
        "optimizer.lr": 1e-3,
        "layers": "[64,32]",
        "seed": 1,
        "epochs": 3,
        "resume": None,
        "amp": True,
        "dropout": "NaN",
    }


@pytest.mark.parametrize(
    ("name", "is_masked"),
    [
        ("password", True),
        ("db.password", True),
        ("openai_api_key", True),
        ("hub_token", True),
        ("token", True),
        ("aws.secret-access-key", False),
        ("client_secret", True),
        ("eos_token", False),
        ("max_tokens", False),
        ("key", False),
    ],
)
def test_texts_with_the_name_of_a_secret_are_masked(
    sprint: Sprint, name: str, is_masked: object
) -> None:
    sprint.config({name: "correct horse"})

    assert details(sprint)["config"] == {name: "***" if is_masked else "correct horse"}


def test_settings_given_before_the_run_are_those_of_each_attempt(sprint: Sprint) -> None:
    sprint.config(lr=0.1)
    sprint.describe(title=" Warm-up \n of 5 ", tags=["gpu", "gpu", ""], notes="two\nlines")
    for seed in (1, 2):
        with sprint:
            sprint.config(seed=seed)

    assert details(sprint) == {
        "title": "Warm-up of 5",
        "notes": "two\nlines",
        "tags": ["gpu"],
        "config": {"lr": 0.1, "seed": 2},
        "environment": {},
        "has_more": False,
    }
    assert state(sprint)["attempt"] == 2


def test_too_many_settings_are_left_out_with_a_warning(sprint: Sprint) -> None:
    sprint.config({f"a{number}": number for number in range(150)})
    sprint.config({f"b{number}": number for number in range(100)}, a0=-1)

    config = details(sprint)["config"]
    assert len(config) == 200
    assert "more than 200 settings" in lines(sprint)[0]


def test_bad_input_names_the_field() -> None:
    strict = Sprint("strict", server="embedded", strict=True, show=False)

    with pytest.raises(InvalidEventError, match="takes names with values, not int"):
        strict.config(3)
    with pytest.raises(InvalidEventError, match="takes a list of tags"):
        strict.describe(tags="gpu")
    with pytest.raises(InvalidEventError, match="300 characters, the limit is 256"):
        strict.describe(title="t" * 300)
    with pytest.raises(InvalidEventError, match="21 tags, the limit is 20"):
        strict.describe(tags=[str(number) for number in range(21)])


def test_the_environment_is_recorded_only_as_far_as_it_is_named(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARD", "7")
    monkeypatch.setattr("sys.argv", ["/home/me/train.py", "--password", "hunter2"])
    sprint.record_environment(packages=["numpy", "no-such-package"], variables=["SHARD"])

    found = details(sprint)["environment"]
    assert found["package numpy"] == np.__version__
    assert found["variable SHARD"] == "7"
    assert found["command"] == "train.py"
    assert "hunter2" not in str(published(sprint))
    assert not any("no-such-package" in name or "PATH" in name for name in found)

    sprint.record_environment(packages=[], arguments=True)
    assert details(sprint)["environment"]["command"] == "train.py --password hunter2"


def test_the_packages_are_by_default_those_that_are_imported(sprint: Sprint) -> None:
    sprint.record_environment()

    found = details(sprint)["environment"]
    assert {"package numpy", "package pytest", "host", "python"} <= set(found)
    assert "git commit" not in found or len(found["git commit"]) == 40
