"""Which calls of models count: each once, and of a run that reports its own usage none beside it.

The front end has the same rules in `frontend/src/model/agents/tally.ts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.agents.usage import Cost, Sums, TokenUsage
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["Call", "Tally"]

MAX_CALLS = 50
"""Calls that are kept apart, as a part of them may still repeat their counts."""

MAX_RUNS = 20
"""Open runs whose sums are kept apart."""


class Call(StatePart):
    """A node with usage or a cost, of a run that has not ended."""

    n: int
    """The number of the node."""

    account: str
    """The run that it belongs to or, outside of runs, the agent."""

    agent: str
    kind: str
    id: str
    usage: TokenUsage | None = None
    cost: Cost | None = None


class RunSums(StatePart):
    """Sums of calls of an open run that are not kept apart any more."""

    account: str
    sums: Sums = Field(default_factory=Sums)


class Tally(StatePart):
    """The calls of open runs, and the sums of those that have ended."""

    calls: list[Call] = Field(default=[])
    settled: list[RunSums] = Field(default=[])
    ended: Sums = Field(default_factory=Sums)

    @property
    def sums(self) -> Sums:
        """The sums of all calls."""
        sums = self.ended.model_copy(deep=True)
        for run in self.settled:
            sums.add(run.sums)
        for call in self.calls:
            _add(sums, call)
        return sums

    def count(self, call: Call, ancestors: Container[int]) -> None:
        """Count a call, in place of its earlier reports and of what it is a part of."""
        known = next((one for one in self.calls if _is_same(one, call)), None)
        if known is not None:
            known.usage, known.cost = call.usage or known.usage, call.cost or known.cost
        else:
            self.calls.append(call)
        self.calls = [one for one in self.calls if one.n not in ancestors]
        if len(self.calls) > MAX_CALLS:
            oldest = self.calls.pop(0)
            _add(self._settled(oldest.account), oldest)

    def end_run(self, account: str, usage: list[TokenUsage], cost: Cost | None) -> None:
        """End a run, with what it reports about itself."""
        sums = Sums()
        for run in self.settled:
            if run.account == account:
                sums.add(run.sums)
        for call in self.calls:
            if call.account == account:
                _add(sums, call)
        self.settled = [run for run in self.settled if run.account != account]
        self.calls = [call for call in self.calls if call.account != account]
        if usage:
            sums.replace_usage(usage)
        if cost is not None:
            sums.costs, sums.is_lower_bound = [cost], False
        self.ended.add(sums)

    def _settled(self, account: str) -> Sums:
        known = next((run.sums for run in self.settled if run.account == account), None)
        if known is not None:
            return known
        if len(self.settled) == MAX_RUNS:
            self.ended.add(self.settled.pop(0).sums)
        self.settled.append(RunSums(account=account))
        return self.settled[-1].sums


def _add(sums: Sums, call: Call) -> None:
    if call.usage is not None:
        sums.add_usage(call.usage)
    sums.add_cost(call.cost)


def _is_same(one: Call, other: Call) -> bool:
    if one.n == other.n:
        return True
    return other.id != "" and (one.agent, one.kind, one.id) == (other.agent, other.kind, other.id)
