"""Parts of the view that pages load over a widget's comm, as text (protocol 11.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display.built_files import built_file

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PARTS", "code_text", "is_of_agents"]

PARTS = frozenset({"agents", "charts", "files"})
"""The names of the parts."""

OF_AGENTS = ('"agent_message"', '"question"', '"agents":{')
"""What a message contains that a view draws with the part for agents; also in other messages."""


def code_text(name: str) -> str:
    """Return a part of `PARTS` as the text of a module.

    Raises:
        FileNotFoundError: The front end has not been built.
    """
    return built_file(f"{name}.js").read_text("utf-8")


def is_of_agents(messages: Iterable[str]) -> bool:
    """Return whether a view may need the part for agents to draw these messages of the hub."""
    return any(mark in message for message in messages for mark in OF_AGENTS)
