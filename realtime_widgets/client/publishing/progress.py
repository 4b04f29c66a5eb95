"""The methods of `Sprint` that publish the progress of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat, SupportsIndex, TypeVar

from realtime_widgets.client.publishing.blocks.nesting import path_here
from realtime_widgets.client.publishing.fit import finite

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable

    from realtime_widgets.client.publishing.blocks.exited_loops import ExitedLoops
    from realtime_widgets.client.publishing.blocks.nesting import Parent, Path
    from realtime_widgets.client.publishing.blocks.track import Track
    from realtime_widgets.protocol.events import TaskStatus

__all__ = ["ProgressVerbs"]

Item = TypeVar("Item")


class ProgressVerbs:
    """Publishes tasks of a run; what it takes and raises is documented at `Sprint`."""

    _exited_loops: ExitedLoops

    @property
    def sprint_id(self) -> str:
        """The run's name."""
        raise NotImplementedError

    def _publish(self, fields: dict[str, Any], *, may_drop: bool = False) -> None:
        raise NotImplementedError

    def progress(  # noqa: PLR0913 - all but two are optional and by name
        self,
        task: str,
        current: SupportsIndex | SupportsFloat,
        total: SupportsIndex | SupportsFloat | None = None,
        *,
        unit: str | None = None,
        parent: Parent = None,
        state: TaskStatus | None = None,
    ) -> None:
        """Publish the progress of a task of the run; `track` does it for a loop.

        Args:
            task: The task's name, at most 256 characters. With the names of its parents it is the
                task's identity within the run.
            current: How much is done. What is no finite number becomes a warning in the log.
            total: How much there is to do, if that is known.
            unit: What is counted, at most 32 characters. `"B"` is shown as kB, MB and so on.
            parent: The task that this one is a part of: the loop of `track`, a name, or a path of
                names, the outermost first; `()` for none. By default the loop of `track` in whose
                body the call is.
            state: `succeeded`, `failed` or `stopped` ends the task. By default `succeeded` once
                `current` has reached `total`, and `running` before.

        Raises:
            InvalidEventError: There is no such state; it proposes one.
            QueueFullError: Too much is waiting to be sent; only where the task ends, as what is
                `running` may be dropped.
        """
        parents = path_here(self.sprint_id, parent)
        if state is None:
            state = "succeeded" if _is_reached(current, total) else "running"
        self._progress(parents, task, current, total, unit=unit, state=state)

    def _progress(  # noqa: PLR0913 - as `progress`
        self,
        parents: Path,
        task: str,
        current: SupportsIndex | SupportsFloat,
        total: SupportsIndex | SupportsFloat | None,
        *,
        unit: str | None,
        state: TaskStatus,
    ) -> None:
        event: dict[str, Any] = {"type": "build_progress", "task": task, **parents.fields()}
        event |= {"current": current, "state": state}
        if total is not None:
            event["total"] = total
        if unit is not None:
            event["unit"] = unit
        self._publish(event, may_drop=state == "running")

    def track(
        self,
        iterable: Iterable[Item] | AsyncIterable[Item],
        task: str,
        *,
        total: int | None = None,
        unit: str | None = None,
        parent: Parent = None,
    ) -> Track[Item]:
        """Go through an iterable and publish how far the loop is, at most ten times a second.

        Tasks that begin in the body of the loop are parts of its task; so they are in asyncio tasks
        that are created there, and in threads that run in a copy of its context.

        The task succeeds at the end of the iterable. It is stopped when the loop is left before, by
        `break` or because it is interrupted or cancelled, and it fails by an exception of what
        produces the items, or one that ends the `with` block of the sprint.

        Args:
            iterable: What to go through, in `for` or in `async for`.
            task: The task's name, as in `progress`.
            total: How many items there are; `len(iterable)` where that is known.
            unit: What an item is, such as `"batch"`.
            parent: The task that this one is a part of, as in `progress`. By default the loop of
                `track` in whose body this call is.

        Raises:
            InvalidEventError: A field breaks its rule.
        """
        from realtime_widgets.client.publishing.blocks.track import Track

        return Track(self, iterable, task, total=total, unit=unit, parent=parent)

    def _fail_exited_loops(self, error: BaseException) -> None:
        """Publish `failed` for the loops that this exception has exited."""
        for loop in self._exited_loops.take(error):
            self._progress(
                loop.parents, loop.task, loop.done, loop.total, unit=loop.unit, state="failed"
            )


def _is_reached(current: object, total: object) -> bool:
    if total is None:
        return False
    done, whole = finite(current), finite(total)
    return done is not None and whole is not None and done >= whole
