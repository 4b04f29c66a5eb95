"""A part of what is captured: installed by the first capture that needs it, removed by the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets import Sprint

__all__ = ["Part", "replace"]


class Part:
    """Something that is captured, such as warnings.

    Where several captures are open it is published once: to the run of the newest one.
    """

    def __init__(self) -> None:
        self._runs: list[Sprint] = []

    @property
    def run(self) -> Sprint | None:
        """The run that it is published to now."""
        runs = self._runs
        return runs[-1] if runs else None

    def enter(self, run: Sprint) -> None:
        """Publish to this run from now on."""
        if self._runs:
            self.settle()
        else:
            try:
                self.install()
            except BaseException:
                self.uninstall()
                raise
        self._runs.append(run)

    def leave(self, run: Sprint) -> None:
        """Publish to the run before, or to none."""
        for index in reversed(range(len(self._runs))):
            if self._runs[index] is run:
                if len(self._runs) == 1:
                    self.uninstall()
                else:
                    self.settle()
                del self._runs[index]
                return

    def settle(self) -> None:
        """Publish what waits, before another run is the one that it is published to."""

    def install(self) -> None:
        """Set the hooks."""
        raise NotImplementedError

    def uninstall(self) -> None:
        """Set the hooks as they were, and publish what waits."""
        raise NotImplementedError


def replace(owner: object, name: str, hook: object) -> Callable[[], None]:
    """Set an attribute, and return a function that sets it as it was.

    Where another library has replaced the hook meanwhile it stays, as it calls ours, which then
    does nothing but call the one before it.
    """
    own = vars(owner)
    was_own = name in own
    before = own.get(name)
    setattr(owner, name, hook)

    def restore() -> None:
        if vars(owner).get(name) is not hook:
            return
        if was_own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)

    return restore
