"""Functions whose calls are steps: plain ones, coroutines, and generators of both kinds.

The body of a generator runs between two requests of its caller, in the caller's context. So the
generator's scope is entered each time it is resumed, and the caller's own is put back after it.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

from realtime_widgets.client.publishing.blocks.nesting import BlockScope, current, enter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from types import TracebackType

    from realtime_widgets.client.publishing.blocks.block import Block

__all__ = ["stepped"]

Function = TypeVar("Function", bound="Callable[..., Any]")


def stepped(function: Function, new_step: Callable[[], Block]) -> Function:
    """Return the function so that each call of it is a step.

    Args:
        function: A function, also one that returns a coroutine or a generator.
        new_step: Returns the step of a call.
    """
    wrap = _of_function
    if inspect.iscoroutinefunction(function):
        wrap = _of_coroutine
    elif inspect.isgeneratorfunction(function):
        wrap = _of_generator
    elif inspect.isasyncgenfunction(function):
        wrap = _of_async_generator
    return cast("Function", functools.wraps(function)(wrap(function, new_step)))


def _of_function(
    function: Callable[..., Any], new_step: Callable[[], Block]
) -> Callable[..., object]:
    def call(*args: object, **named: object) -> object:
        with new_step():
            return function(*args, **named)

    return call


def _of_coroutine(
    function: Callable[..., Any], new_step: Callable[[], Block]
) -> Callable[..., object]:
    async def call(*args: object, **named: object) -> object:
        with new_step():
            return await function(*args, **named)

    return call


def _of_generator(
    function: Callable[..., Any], new_step: Callable[[], Block]
) -> Callable[..., object]:
    def call(*args: object, **named: object) -> Generator[object, object, object]:
        inner = function(*args, **named)
        body = _Body(new_step())
        advance: Callable[[], object] = functools.partial(inner.send, None)
        try:
            while True:
                with body:
                    item = advance()
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - for the inner generator
                    advance = functools.partial(inner.throw, error)
                else:
                    advance = functools.partial(inner.send, sent)
        except StopIteration as end:
            return end.value
        finally:
            with body:
                inner.close()
            body.leave()

    return call


def _of_async_generator(
    function: Callable[..., Any], new_step: Callable[[], Block]
) -> Callable[..., object]:
    async def call(*args: object, **named: object) -> AsyncIterator[object]:
        inner = function(*args, **named)
        body = _Body(new_step())
        advance = functools.partial(inner.asend, None)
        try:
            while True:
                with body:
                    item = await advance()
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - for the inner generator
                    advance = functools.partial(inner.athrow, error)
                else:
                    advance = functools.partial(inner.asend, sent)
        except StopAsyncIteration:
            return
        finally:
            with body:
                await inner.aclose()
            body.leave()

    return call


class _Body:
    """The body of a generator, entered while it runs; its step ends with it."""

    def __init__(self, step: Block) -> None:
        self._step = step
        self._left_in: BlockScope | None = None
        """The scope in which the generator was left."""
        self._has_begun = False
        self._caller: BlockScope | None = None

    def __enter__(self) -> None:
        self._caller = current()
        if self._has_begun:
            enter(self._left_in)
        else:
            self._has_begun = True
            self._step.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if isinstance(error, StopIteration | StopAsyncIteration):
            self._step.__exit__(None, None, None)
        elif error is not None:
            self._step.__exit__(kind, error, where)
        self._left_in = current()
        enter(self._caller)

    def leave(self) -> None:
        """End the step where the generator has not run to its end."""
        self._step.__exit__(GeneratorExit, GeneratorExit(), None)
