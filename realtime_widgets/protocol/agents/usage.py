"""Tokens and costs of model calls, and their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.events import Number
from realtime_widgets.protocol.json_limits import MAX_INTEGER
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cost", "Sums", "TokenUsage"]

MAX_MODELS = 50
"""Models that are counted apart; further ones are counted together, without a name."""

MAX_CURRENCIES = 8
MAX_SOURCES = 8


class TokenUsage(StatePart):
    """Tokens of calls of one model. A count that was never reported is None, not 0."""

    provider: str | None = None
    model: str | None = None
    input_tokens: Number | None = None
    output_tokens: Number | None = None
    total_tokens: Number | None = None
    reasoning_tokens: Number | None = None
    """Part of the output."""

    cached_input_tokens: Number | None = None
    """Part of the input, as is the next."""

    cache_write_input_tokens: Number | None = None

    def add(self, other: TokenUsage) -> None:
        """Add the counts of other calls."""
        for name in _COUNTS:
            more = getattr(other, name)
            if more is not None:
                setattr(self, name, min((getattr(self, name) or 0) + more, MAX_INTEGER))


_COUNTS = [name for name in TokenUsage.model_fields if name.endswith("_tokens")]


class Cost(StatePart):
    """An amount of money."""

    currency: str
    """Such as USD."""

    amount: Number
    sources: list[str] = Field(default=[])
    """Where the amounts come from, such as `provider`."""


class Sums(StatePart):
    """Tokens by model, and costs by currency."""

    usage: list[TokenUsage] = Field(default=[])
    costs: list[Cost] = Field(default=[])
    """Empty where no cost is known."""

    is_lower_bound: bool = False
    """Whether the cost of some calls is not known."""

    def add_usage(self, usage: TokenUsage) -> None:
        """Add the tokens of a call."""
        for known in self.usage:
            if (known.provider, known.model) == (usage.provider, usage.model):
                known.add(usage)
                return
        if len(self.usage) < MAX_MODELS:
            self.usage.append(usage.model_copy())
        elif (last := self.usage[-1]).model is None and last.provider is None:
            last.add(usage)
        else:
            self.usage.append(usage.model_copy(update={"provider": None, "model": None}))

    def add_cost(self, cost: Cost | None) -> None:
        """Add the cost of a call; None where it is not known."""
        if cost is None:
            self.is_lower_bound = True
            return
        known = next((one for one in self.costs if one.currency == cost.currency), None)
        if known is not None:
            known.amount += cost.amount
            known.sources = list(dict.fromkeys([*known.sources, *cost.sources]))[:MAX_SOURCES]
        elif len(self.costs) < MAX_CURRENCIES:
            self.costs.append(cost.model_copy(deep=True))
        else:
            self.is_lower_bound = True

    def add(self, other: Sums) -> None:
        """Add other sums."""
        for usage in other.usage:
            self.add_usage(usage)
        for cost in other.costs:
            self.add_cost(cost)
        self.is_lower_bound = self.is_lower_bound or other.is_lower_bound

    def replace_usage(self, usage: Iterable[TokenUsage]) -> None:
        """Take what a run reports about itself in place of the sum of its calls."""
        self.usage = []
        for counts in usage:
            self.add_usage(counts)
        self.is_lower_bound = self.is_lower_bound or not self.costs
