"""Tokens, costs and times of agents in words.

A count that was never reported is left out, and a sum of which a part is not known is a lower
bound; neither is shown as 0. The live view has the same rules in `frontend/src/ui/tokens.ts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display import number_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from realtime_widgets.protocol.agents.usage import Cost, Sums
    from realtime_widgets.protocol.agents.work import AgentWork

__all__ = ["cost_words", "time_words", "token_words"]


MIN_COST = 0.0001
"""Smaller amounts of money are not written out."""

THOUSAND = 1_000
ALMOST_MILLION = 999_950
"""From here on a count is rounded to a million."""

ALMOST_HUNDRED = 99.95
"""From here on a scaled count has no fraction."""


def token_words(sums: Sums) -> str:
    """Write tokens: `12.4k in (8.0k cached) · 2.1k out (600 reasoning)`; "" for none known."""
    known = [
        words + (f" ({inner})" if (inner := _part(sums, inner_name, noun, bound="")) else "")
        for name, word, inner_name, noun in (
            ("input_tokens", "in", "cached_input_tokens", "cached"),
            ("output_tokens", "out", "reasoning_tokens", "reasoning"),
        )
        if (words := _part(sums, name, word))
    ]
    return " · ".join(known) or _part(sums, "total_tokens", "tokens")


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
            yield f"{name} {number_words.span(watch.total)}"


def _part(sums: Sums, name: str, noun: str, *, bound: str = "≥ ") -> str:
    counts = [count for usage in sums.usage if (count := getattr(usage, name)) is not None]
    if not counts:
        return ""
    is_lower_bound = len(counts) < len(sums.usage)
    return f"{bound if is_lower_bound else ''}{_tokens(sum(counts))} {noun}"


def _tokens(count: float) -> str:
    """Write a count: `812`, `12.4k`, `1.2M`."""
    if count < THOUSAND:
        return f"{count:g}"
    is_small = count < ALMOST_MILLION
    scaled, unit = (count / THOUSAND, "k") if is_small else (count / THOUSAND**2, "M")
    return f"{scaled:.0f}{unit}" if scaled >= ALMOST_HUNDRED else f"{scaled:.1f}{unit}"


def _money(cost: Cost) -> str:
    if 0 < cost.amount < MIN_COST:
        return f"<{_with_currency(str(MIN_COST), cost.currency)}"
    is_large = cost.amount >= 1 or cost.amount == 0
    return _with_currency(f"{cost.amount:.2f}" if is_large else f"{cost.amount:.2g}", cost.currency)


def _with_currency(amount: str, currency: str) -> str:
    return f"${amount}" if currency == "USD" else f"{amount} {currency}"
