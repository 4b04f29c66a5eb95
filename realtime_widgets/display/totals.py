"""Tokens, costs and times of agents in words.

A count that was never reported is left out, and a cost of which a part is not known is a lower
bound; neither is shown as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.protocol.agents.usage import Cost, Sums
    from realtime_widgets.protocol.agents.work import AgentWork

__all__ = ["cost_words", "time_words", "token_words"]


def token_words(sums: Sums) -> str:
    """Write tokens: `12.4k in (8k cached) · 2.1k out (600 reasoning)`; "" where none is known."""
    parts = [
        _part(_sum(sums, "input_tokens"), "in", _sum(sums, "cached_input_tokens"), "cached"),
        _part(_sum(sums, "output_tokens"), "out", _sum(sums, "reasoning_tokens"), "reasoning"),
    ]
    if not any(parts):
        parts = [_part(_sum(sums, "total_tokens"), "tokens", None, "")]
    return " · ".join(filter(None, parts))


def cost_words(sums: Sums) -> str:
    """Write costs: `$0.041`, `≥ $0.041`, `cost unknown`; "" where no model was called."""
    if sums.costs:
        bound = "≥ " if sums.is_lower_bound else ""
        return bound + " + ".join(map(_money, sums.costs))
    return "cost unknown" if sums.usage or sums.is_lower_bound else ""


def time_words(work: AgentWork) -> Iterator[str]:
    """Yield for how long models and tools ran, and answers were waited for."""
    for name, watch in (("models", work.models), ("tools", work.ran), ("waiting", work.waiting)):
        if watch.total is not None:
            yield f"{name} {numbers.span(watch.total)}"


def _sum(sums: Sums, name: str) -> float | None:
    counts = [count for usage in sums.usage if (count := getattr(usage, name)) is not None]
    return sum(counts) if counts else None


def _part(count: float | None, noun: str, inner: float | None, inner_noun: str) -> str:
    if count is None:
        return ""
    part = f" ({numbers.short(inner)} {inner_noun})" if inner else ""
    return f"{numbers.short(count)} {noun}{part}"


def _money(cost: Cost) -> str:
    amount = f"{cost.amount:,.2f}" if cost.amount >= 1 else numbers.number(cost.amount)
    return f"${amount}" if cost.currency == "USD" else f"{amount} {cost.currency}"
