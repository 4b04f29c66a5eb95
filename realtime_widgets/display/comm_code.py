"""Parts of the view that pages load over a widget's comm, as text (protocol 11.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realtime_widgets.display.built_files import built_file

if TYPE_CHECKING:
    from collections.abc import Collection, Container

__all__ = ["PARTS", "code_text", "parts_for"]

PARTS = {
    "agents": ('"agent_message"', '"question"', '"agents":{'),
    "charts": ('"metrics",', '"metrics"}', '"metrics":[{'),
    "files": ('"output",', '"output"}', '"outputs":[{'),
}
"""By the names of the parts: texts of which a message of the hub contains one that a view needs the
part for, as its events or its state. A log line may contain them as well."""


def code_text(name: str) -> str:
    """Return a part of `PARTS` as the text of a module.

    Raises:
        FileNotFoundError: The front end has not been built.
    """
    return built_file(f"{name}.js").read_text("utf-8")


def parts_for(messages: Collection[str], without: Container[str]) -> list[str]:
    """Return the names of the parts that a view may need for these messages of the hub.

    Args:
        messages: The messages, as JSON.
        without: Names of parts that are not needed again.
    """
    return [
        name
        for name, marks in PARTS.items()
        if name not in without and any(mark in message for message in messages for mark in marks)
    ]
