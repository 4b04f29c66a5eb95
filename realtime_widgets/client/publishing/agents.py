"""The methods of `Sprint` that publish what agents do, as AG-UI events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar, overload

from realtime_widgets.client.publishing.agui import agui_events
from realtime_widgets.client.publishing.blocks.message import AgentMessageStream
from realtime_widgets.client.publishing.blocks.model_call import ModelCall
from realtime_widgets.client.publishing.blocks.step import Step
from realtime_widgets.client.publishing.blocks.tool import ToolCall
from realtime_widgets.client.publishing.events import fitted_event
from realtime_widgets.client.publishing.outbox.joining import joining_key
from realtime_widgets.protocol.interrupts import interrupts_of, question_of
from realtime_widgets.protocol.text import has_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets.client.publishing.blocks.message import Role
    from realtime_widgets.client.publishing.blocks.step import Kind
    from realtime_widgets.client.publishing.deltas import Deltas
    from realtime_widgets.client.publishing.outbox.joining import JoiningKey
    from realtime_widgets.client.publishing.outbox.outbox import Outbox
    from realtime_widgets.client.publishing.prices import Prices

__all__ = ["AgentVerbs"]

Function = TypeVar("Function", bound="Callable[..., object]")


class AgentVerbs:
    """Publishes what the agents of a run do; what it takes and raises is documented at `Sprint`."""

    _strict: bool
    _deltas: Deltas
    _outbox: Outbox
    _prices: Prices

    @property
    def sprint_id(self) -> str:
        """The run's name."""
        raise NotImplementedError

    def log(self, message: object, level: str | int = "info") -> None:
        """Publish a log line."""
        raise NotImplementedError

    def message(
        self, agent: str, *, role: Role | None = None, reasoning: bool = False
    ) -> AgentMessageStream:
        """Publish a message of an agent while it is being written.

        ```python
        with sprint.message("planner") as reply:
            for token in tokens:
                reply.write(token)
        ```

        Args:
            agent: Name of the agent, at most 256 characters.
            role: `assistant` by default, `user`, `system` or `developer`.
            reasoning: Whether it is what the agent reasons before it answers, which has no role.

        Raises:
            InvalidEventError: There is no such role, or it is one of reasoning.
        """
        return AgentMessageStream(self, agent, role=role, reasoning=reasoning)

    @overload
    def step(self, name: Function, /) -> Function: ...

    @overload
    def step(
        self, name: str, /, *, agent: str | None = None, kind: Kind = "step", input: object = None
    ) -> Step: ...

    def step(
        self,
        name: object,
        /,
        *,
        agent: str | None = None,
        kind: Kind = "step",
        input: object = None,  # noqa: A002 - as in the event
    ) -> object:
        """Publish a step of the run as a `with` block, or each call of a function as one.

        ```python
        with sprint.step("load") as step:
            step.result(load())


        @sprint.step
        def train(rows): ...
        ```

        What begins in the block is a part of the step: steps, tool calls, messages, and tasks of
        `track` and `progress`; so it is in asyncio tasks that are created there, and in threads
        that run in a copy of its context. A block that an exception ends has failed, with the words
        of the exception; one that is interrupted or cancelled has not.

        Args:
            name: Name of the step, at most 256 characters; or a function, a coroutine function or a
                generator function, whose name it is. `@sprint.step("name")` sets another name.
            agent: Name of the agent whose step it is, at most 256 characters. By default that of
                the block around or, without one, the name of the run.
            kind: What the step does: `agent`, `model`, `tool`, `retriever`, `embedding`,
                `guardrail` or `step`.
            input: What it works on: a text, or any value, which is published as JSON; above 16,384
                characters its middle is cut out, with a mark.

        Raises:
            InvalidEventError: There is no such kind; it proposes one.
            QueueFullError: Where the block begins: too much is waiting to be sent.
        """
        if not isinstance(name, str) and callable(name):
            own_name = getattr(name, "__name__", None) or type(name).__name__
            return Step(self, own_name)(name)
        return Step(self, name, agent=agent, kind=kind, input=input)

    def tool(self, name: str, /, **arguments: object) -> ToolCall:
        """Publish a call of a tool as a `with` block.

        ```python
        with sprint.tool("sql", query="select 1") as tool:
            tool.result(database.execute("select 1").fetchall())
        ```

        It nests and fails as a step does, and belongs to the agent and the message around.

        Args:
            name: Name of the tool, at most 256 characters.
            arguments: What it is called with, published as JSON of at most 65,536 bytes; what is
                larger is cut, with a mark.

        Raises:
            QueueFullError: Where the block begins: too much is waiting to be sent.
        """
        return ToolCall(self, name, arguments)

    def model(
        self,
        name: str,
        /,
        *,
        provider: str | None = None,
        agent: str | None = None,
        input: object = None,  # noqa: A002 - as in the event
    ) -> ModelCall:
        """Publish a call of a language model as a `with` block: a step with its tokens and cost.

        ```python
        with sprint.model("gpt-5", provider="openai") as call:
            answer = client.responses.create(...)
            call.usage(input=answer.usage.input_tokens, output=answer.usage.output_tokens)
        ```

        The cost is what `usage(cost=...)` states or, where it states none, follows from the prices
        of `sprint.price` or, for a model without, from the package genai-prices where that is
        installed (`pip install "realtime-widgets[cost]"`). Otherwise it is unknown.

        Args:
            name: Name of the model, at most 256 characters.
            provider: Name of the provider, such as `openai`, at most 256 characters.
            agent: Name of the agent, as in `step`.
            input: The prompt, as in `step`.

        Raises:
            QueueFullError: Where the block begins: too much is waiting to be sent.
        """
        return ModelCall(self, name, provider=provider, agent=agent, prompt=input)

    def price(
        self,
        model: str,
        *,
        input: float | None = None,  # noqa: A002 - as in `usage`
        output: float | None = None,
        cached: float | None = None,
        cache_write: float | None = None,
    ) -> None:
        """Set what a million tokens of a model cost, in US dollars, for calls that end afterwards.

        Args:
            model: Name of the model, as in `sprint.model`.
            input: Price of the input.
            output: Price of the output.
            cached: Price of input that was read from a cache; by default that of the input.
            cache_write: Price of input that is written to a cache; by default that of the input.

        Raises:
            ValueError: A price is no number from 0 to 1,000,000, none is given, or 1,000 other
                models have prices.
        """
        self._prices.set(model, input=input, output=output, cached=cached, cache_write=cache_write)

    def agent_event(self, agent: str, event: object) -> None:
        """Publish an AG-UI event of an agent, as it is.

        What is larger than an event may be is cut, with a mark, and so is what JSON cannot hold
        turned into text. Consecutive events that only add to one text may be stored as one event
        with the same text.

        Args:
            agent: Name of the agent, at most 256 characters.
            event: A mapping with a `type`, with AG-UI's names of the wire or of Python; an event
                model of the AG-UI package; JSON text; or text of an SSE stream, which may hold
                none or several.

        Raises:
            InvalidEventError: It is none of these.
            QueueFullError: Too much is waiting to be sent.
        """
        for whole in agui_events(event):
            for interrupt in interrupts_of(whole):
                self._outbox.answers.keep_interrupt(question_of(agent, interrupt))
            for part in self._deltas.feed(agent, whole):
                self._publish_agent_event(agent, part)

    def _publish_agent_event(
        self, agent: object, event: dict[Any, Any], key: JoiningKey | None = None
    ) -> None:
        """Publish an AG-UI event from which `Deltas` has taken what must not be published yet.

        Args:
            agent: The agent.
            event: The event; must not be changed afterwards.
            key: Its joining key, where that is known and its delta is within `MAX_JOINED`.
        """
        fields = {"type": "agent_message", "agent": agent, "event": event, "time": time.time()}
        if not self._strict:
            if key is None or has_surrogates(event["delta"]):
                key = joining_key(agent, event)
            if key is not None:
                self._outbox.append(fields, len(event["delta"]), joins=key)
                return
        made, size = fitted_event(fields, strict=self._strict)
        key = joining_key(made.get("agent"), made.get("event"))
        self._outbox.append(made, size, joins=key)
