"""tqdm's bars, which are also tasks of a run.

```python
from realtime_widgets.integrations.tqdm import tqdm, trange
```

is all to change in a program that imports them of `tqdm` or `tqdm.auto`.
"""

from __future__ import annotations

from typing import Any

from tqdm.auto import tqdm as auto_tqdm

from realtime_widgets import Sprint, current_sprint
from realtime_widgets.integrations.bars import close_bar, report_bar

__all__ = ["tqdm", "trange"]


class tqdm(auto_tqdm):  # type: ignore[misc]  # noqa: N801 - tqdm has no types, and this is its name
    """`tqdm.auto.tqdm`, whose progress is also published as a task.

    It takes the arguments of tqdm, and:

    Args:
        sprint: The run, as a `Sprint` or by its name. By default the one whose `with` block is
            open where the bar is made (`current_sprint`); where none is, nothing is published.

    Raises:
        InvalidSprintIdError: The name breaks the rule of names.
    """

    def __init__(
        self, *args: object, sprint: Sprint | str | None = None, **options: object
    ) -> None:
        # First, because tqdm's own constructor draws the bar.
        self._sprint = Sprint(sprint) if isinstance(sprint, str) else sprint
        super().__init__(*args, **options)
        if not self.disable:
            report_bar(self, self._find_sprint)

    def refresh(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as tqdm
        """Draw the bar, and publish how far it is."""
        is_drawn = super().refresh(*args, **options)
        if not self.disable:
            report_bar(self, self._find_sprint)
        return is_drawn

    def close(self) -> None:
        """Close the bar, and publish how it ended."""
        if not getattr(self, "disable", True):
            close_bar(self, self._find_sprint)
        super().close()

    def _find_sprint(self) -> Sprint | None:
        return self._sprint or current_sprint()


def trange(*args: int, **options: Any) -> tqdm:  # noqa: ANN401 - as tqdm
    """Return `tqdm(range(*args), **options)`."""
    return tqdm(range(*args), **options)
