"""What the state of a run has of its details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from realtime_widgets.protocol.details.event import MAX_SETTINGS, Setting
from realtime_widgets.protocol.state_part import StatePart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from realtime_widgets.protocol.details.event import Details

__all__ = ["MAX_CHARACTERS", "RunDetails"]

MAX_CHARACTERS = 16_384
"""Most characters of the names and texts of all settings of a configuration or an environment."""


class RunDetails(StatePart):
    """Title, notes and tags of a run, configuration and environment of its newest attempt."""

    title: str | None = None
    notes: str | None = None
    tags: list[str] = Field(default=[])
    config: dict[str, Setting] = Field(default={})
    environment: dict[str, Setting] = Field(default={})

    has_more: bool = False
    """Whether there are settings beyond `MAX_SETTINGS` or `MAX_CHARACTERS`, which are left out."""

    def add(self, event: Details) -> None:
        """Reduce an event."""
        if event.title is not None:
            self.title = event.title or None
        if event.notes is not None:
            self.notes = event.notes or None
        if event.tags is not None:
            self.tags = event.tags
        self._merge(self.config, event.config or {})
        self._merge(self.environment, event.environment or {})

    def begin_attempt(self) -> None:
        """Drop what is of the attempt before."""
        self.config, self.environment, self.has_more = {}, {}, False

    def _merge(self, settings: dict[str, Setting], given: Mapping[str, Setting]) -> None:
        size = sum(map(_size, settings, settings.values()))
        for name, value in given.items():
            before = _size(name, settings[name]) if name in settings else 0
            after = size - before + _size(name, value)
            is_new = name not in settings
            if after > MAX_CHARACTERS or (is_new and len(settings) >= MAX_SETTINGS):
                self.has_more = True
                continue
            settings[name], size = value, after


def _size(name: str, value: Setting) -> int:
    """Return how many characters a setting has, in UTF-16 code units as browsers count them."""
    text = name + value if isinstance(value, str) else name
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
