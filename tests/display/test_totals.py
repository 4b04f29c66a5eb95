"""Tokens and costs in words: what is not known is left out or named, and is never 0."""

from __future__ import annotations

import pytest

from realtime_widgets.display.totals import cost_words, time_words, token_words
from realtime_widgets.protocol.agents.stopwatch import Stopwatch
from realtime_widgets.protocol.agents.usage import Cost, Sums, TokenUsage
from realtime_widgets.protocol.agents.work import AgentWork


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        ([], ""),
        ([TokenUsage(input_tokens=12_400)], "12.4k in"),
        ([TokenUsage(input_tokens=5, output_tokens=0)], "5 in · 0 out"),
        (
            [
                TokenUsage(
                    model="a", input_tokens=9_000, cached_input_tokens=8_000, output_tokens=0
                ),
                TokenUsage(model="b", input_tokens=3_400, output_tokens=600, reasoning_tokens=88),
            ],
            "12.4k in (8.0k cached) · 600 out (88 reasoning)",
        ),
        ([TokenUsage(input_tokens=999_949), TokenUsage(total_tokens=1)], "≥ 1000k in"),
        ([TokenUsage(total_tokens=1_234_567)], "1.2M tokens"),
    ],
)
def test_parts_are_beside_the_sums_of_all_models_and_never_in_them(
    usage: list[TokenUsage], words: str
) -> None:
    assert token_words(Sums(usage=usage)) == words


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        (Sums(), ""),
        (Sums(is_lower_bound=True), "cost unknown"),
        (Sums(usage=[TokenUsage(input_tokens=1)]), "cost unknown"),
        (Sums(costs=[Cost(currency="USD", amount=0.041)]), "$0.041"),
        (Sums(costs=[Cost(currency="USD", amount=0.00001)]), "<$0.0001"),
        (Sums(costs=[Cost(currency="USD", amount=1_234.5)]), "$1234.50"),
        (Sums(costs=[Cost(currency="USD", amount=0.5)], is_lower_bound=True), "≥ $0.5"),
        (
            Sums(costs=[Cost(currency="USD", amount=2), Cost(currency="EUR", amount=0.0123)]),
            "$2.00 + 0.012 EUR",
        ),
    ],
)
def test_a_cost_of_which_a_part_is_not_known_is_a_lower_bound(sums: Sums, words: str) -> None:
    assert cost_words(sums) == words


def test_times_that_were_not_measured_are_left_out() -> None:
    assert list(time_words(AgentWork(models=Stopwatch(total=31)))) == ["models 31 s"]
