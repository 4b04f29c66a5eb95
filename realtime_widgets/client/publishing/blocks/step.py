"""A step of a run: a `with` block, or a function whose calls are steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from realtime_widgets.client.publishing.blocks.block import AgentRun, Block
from realtime_widgets.client.publishing.blocks.metadata import as_text, metadata
from realtime_widgets.client.publishing.events import check_word
from realtime_widgets.client.publishing.fit import name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Kind", "Step"]

Function = TypeVar("Function", bound="Callable[..., object]")

Kind = Literal["agent", "model", "tool", "retriever", "embedding", "guardrail", "step"]
"""What a step does."""

KINDS = get_args(Kind)


class Step(Block):
    """A step of a run; see `Sprint.step`."""

    def __init__(
        self,
        sprint: AgentRun,
        step: object,
        *,
        agent: object = None,
        kind: object = "step",
        input: object = None,  # noqa: A002 - the name in the event
    ) -> None:
        super().__init__(sprint, agent)
        self._name = name(step) or "unnamed"
        self._kind = check_word("kind", kind, KINDS)
        strict = sprint._strict  # noqa: SLF001
        self._input = None if input is None else as_text("input", input, strict=strict)

    def __call__(self, function: Function) -> Function:
        """Return the function so that each of its calls is a step of this name."""
        from realtime_widgets.client.publishing.blocks.stepped import stepped

        return stepped(function, self._again)

    def _again(self) -> Step:
        return Step(
            self._sprint, self._name, agent=self._given_agent, kind=self._kind, input=self._input
        )

    def _begin(self, parent: str | None) -> None:
        known = metadata(id=self.id, parent=parent, kind=self._kind, input=self._input)
        self._publish({"type": "STEP_STARTED", "stepName": self._name, **known})

    def _end(self, how: dict[str, object]) -> None:
        known = metadata(id=self.id, kind=self._kind, output=self._output, **how)
        self._publish({"type": "STEP_FINISHED", "stepName": self._name, **known})
