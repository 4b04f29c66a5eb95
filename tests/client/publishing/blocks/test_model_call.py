"""Calls of models: tokens as they were stated, and money only with a source."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.client.reading import lines, published

if TYPE_CHECKING:
    from realtime_widgets import Sprint


@pytest.fixture
def _no_genai_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)


def end(sprint: Sprint) -> dict[str, Any]:
    """The metadata of the end of the last step."""
    last = [event["event"] for event in published(sprint) if event["type"] == "agent_message"][-1]
    metadata: dict[str, Any] = last["metadata"]["realtime-widgets"]
    return metadata


def test_a_call_is_a_step_of_the_kind_model_with_its_tokens(sprint: Sprint) -> None:
    with sprint.model("my-model", provider="me") as call:
        call.usage(input=1_200, output=88, cached=1_000, cache_write=100, reasoning=40)

    assert end(sprint)["kind"] == "model"
    assert end(sprint)["usage"] == {
        "provider": "me",
        "model": "my-model",
        "inputTokens": 1_200,
        "outputTokens": 88,
        "cachedInputTokens": 1_000,
        "cacheWriteInputTokens": 100,
        "reasoningTokens": 40,
    }


@pytest.mark.usefixtures("_no_genai_prices")
def test_what_was_not_stated_is_absent_and_not_zero(sprint: Sprint) -> None:
    with sprint.model("gpt-5", provider="openai") as call:
        call.usage(input=1_200)
    assert end(sprint)["usage"] == {"provider": "openai", "model": "gpt-5", "inputTokens": 1_200}
    assert "cost" not in end(sprint)

    with sprint.model("gpt-5"):
        pass
    assert "usage" not in end(sprint)


def test_a_count_that_is_given_again_replaces_the_one_before(sprint: Sprint) -> None:
    with sprint.model("my-model") as call:
        call.usage(input=10, output=1)
        call.usage(output=7)

    assert end(sprint)["usage"] == {"model": "my-model", "inputTokens": 10, "outputTokens": 7}


@pytest.mark.parametrize("wrong", [float("nan"), -1, "many", object()])
def test_what_is_no_count_is_unknown_with_a_warning(sprint: Sprint, wrong: Any) -> None:
    with sprint.model("my-model") as call:
        call.usage(input=wrong, output=3, cost=wrong)

    assert end(sprint)["usage"] == {"model": "my-model", "outputTokens": 3}
    assert "cost" not in end(sprint)
    assert [line.split(":")[1].split()[0] for line in lines(sprint)] == ["input", "cost"]


def test_the_figure_of_the_provider_goes_before_any_price(sprint: Sprint) -> None:
    sprint.price("my-model", input=1, output=1)
    with sprint.model("my-model") as call:
        call.usage(input=1_000_000, output=0, cost=0.0123)

    assert end(sprint)["cost"] == {"amount": "0.0123", "currency": "USD", "source": "provider"}


@pytest.mark.parametrize(
    ("usage", "amount"),
    [
        ({"input": 1_000_000, "output": 1_000_000}, "1"),
        ({"input": 1_000_000, "output": 0, "cached": 500_000}, "0.15"),
        ({"input": 3, "output": 0}, "0.0000006"),
        ({"input": 0, "output": 0}, "0"),
        ({"input": 5}, None),
        ({}, None),
    ],
)
def test_a_price_that_was_set_is_per_million_tokens(
    sprint: Sprint, usage: dict[str, int], amount: str | None
) -> None:
    sprint.price("my-model", input=0.2, output=0.8, cached=0.1)
    with sprint.model("my-model") as call:
        call.usage(**usage)  # type: ignore[arg-type]

    cost = end(sprint).get("cost")
    expected = {"amount": amount, "currency": "USD", "source": "sprint.price"}
    assert cost == (None if amount is None else expected)


@pytest.mark.parametrize(
    "prices", [{}, {"input": -1}, {"output": float("nan")}, {"input": 1_000_001}, {"cached": "x"}]
)
def test_a_price_that_is_none_is_refused_with_the_limit(
    sprint: Sprint, prices: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="per million tokens"):
        sprint.price("my-model", **prices)


def test_genai_prices_states_costs_without_the_network(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("genai_prices")

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        patched.setattr(socket, "getaddrinfo", refuse)
        with sprint.model("gpt-5", provider="openai") as call:
            call.usage(input=1_000_000, output=0)
        with sprint.model("my-local-model", provider="ollama") as call:
            call.usage(input=1_000_000, output=0)

    ends = [
        event["event"]["metadata"]["realtime-widgets"]
        for event in published(sprint)
        if event["event"]["type"] == "STEP_FINISHED"
    ]
    known, unknown = ends
    assert float(known["cost"]["amount"]) > 0
    assert known["cost"]["source"].startswith("genai-prices ")
    assert known["cost"]["model"] == "openai/gpt-5"
    assert "cost" not in unknown


def test_a_call_that_fails_has_its_words_and_the_tokens_that_were_stated(sprint: Sprint) -> None:
    with contextlib.suppress(TimeoutError), sprint.model("my-model") as call:
        call.usage(input=10)
        raise TimeoutError("no answer")

    assert end(sprint)["error"] == "TimeoutError: no answer"
    assert end(sprint)["usage"]["inputTokens"] == 10
