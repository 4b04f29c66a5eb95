"""A call of a language model, as a `with` block: a step with the tokens that it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.client.publishing.blocks.metadata import metadata
from realtime_widgets.client.publishing.blocks.step import Step
from realtime_widgets.client.publishing.fit import finite, name, text
from realtime_widgets.client.publishing.prices import money
from realtime_widgets.protocol.json_limits import MAX_INTEGER

if TYPE_CHECKING:
    from typing import SupportsFloat, SupportsIndex

    from realtime_widgets.client.publishing.blocks.block import AgentRun

__all__ = ["ModelCall"]

_COUNTS = {
    "input": "inputTokens",
    "output": "outputTokens",
    "cached": "cachedInputTokens",
    "cache_write": "cacheWriteInputTokens",
    "reasoning": "reasoningTokens",
}
"""The arguments of `usage`, and their fields in AG-UI."""


class ModelCall(Step):
    """A call of a language model; see `Sprint.model`."""

    def __init__(
        self, sprint: AgentRun, model: object, *, provider: object, agent: object, prompt: object
    ) -> None:
        super().__init__(sprint, model, agent=agent, kind="model", input=prompt)
        self._provider = None if provider is None else name(provider)
        self._usage: dict[str, int] = {}
        self._cost: dict[str, str] | None = None

    def usage(  # noqa: PLR0913 - all optional and by name
        self,
        *,
        input: SupportsIndex | SupportsFloat | None = None,  # noqa: A002 - as in AG-UI
        output: SupportsIndex | SupportsFloat | None = None,
        cached: SupportsIndex | SupportsFloat | None = None,
        cache_write: SupportsIndex | SupportsFloat | None = None,
        reasoning: SupportsIndex | SupportsFloat | None = None,
        cost: SupportsFloat | None = None,
    ) -> None:
        """Set how many tokens the call took; they are published when the block has ended.

        A count that is given again replaces the one before, and one that is not known is left out:
        it is unknown then, not 0. What is no number of at least 0 is left out as well, with a
        warning in the log.

        Args:
            input: All tokens of the input.
            output: All tokens of the output.
            cached: Those of the input that were read from a cache.
            cache_write: Those of the input that were written to a cache.
            reasoning: Those of the output that are reasoning.
            cost: What the provider charges for the call, in US dollars, where it states that.
        """
        given = {
            "input": input,
            "output": output,
            "cached": cached,
            "cache_write": cache_write,
            "reasoning": reasoning,
        }
        for argument, value in given.items():
            count = self._number(argument, value)
            if count is not None:
                self._usage[_COUNTS[argument]] = int(count)
        amount = self._number("cost", cost)
        if amount is not None:
            self._cost = money(amount, "provider")

    def _number(self, argument: str, value: object) -> int | float | None:
        if value is None:
            return None
        number = finite(value)
        if number is not None and 0 <= number < MAX_INTEGER:
            return number
        words = f"usage of {self._name!r}: {argument} is no number of at least 0: {text(value)}"
        self._sprint.log(words, "warning")
        return None

    def _end(self, how: dict[str, object]) -> None:
        usage: dict[str, object] | None = None
        if self._usage:
            usage = {"model": self._name, **self._usage}
            if self._provider is not None:
                usage["provider"] = self._provider
        cost = self._cost or self._sprint._prices.cost(  # noqa: SLF001
            self._usage, self._name, self._provider
        )
        known = metadata(
            id=self.id, kind="model", output=self._output, usage=usage, cost=cost, **how
        )
        self._publish({"type": "STEP_FINISHED", "stepName": self._name, **known})
