"""The outputs of a snapshot: the newest of a few names, as small images or as text."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from realtime_widgets.client.publishing.outputs.pictures import reduced
from realtime_widgets.display.markup import QUIET, TEXT, div, safe
from realtime_widgets.protocol.outputs.types import IMAGES, JSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from realtime_widgets.display.saved_text import SavedText
    from realtime_widgets.protocol.run_state import RunState

__all__ = ["SavedOutput", "choose_outputs", "output_html", "output_line"]

MAX_OUTPUTS = 3

MAX_IMAGE = 30_000
"""Most bytes of an image, which are 40,000 characters in base64."""

MAX_TEXT = 1_000
"""Most characters of a text."""

MAX_NAME = 80


@dataclass(frozen=True)
class SavedOutput:
    """An output of the run."""

    title: str
    """Its name and its caption."""

    image: str = ""
    """The address of the image, which has its data; "" where there is none that is small enough."""

    text: str = ""


def choose_outputs(
    state: RunState, events: Sequence[dict[str, Any]], text: SavedText
) -> list[SavedOutput]:
    """Return the outputs with the newest events, the newest one last.

    Args:
        state: The run's state.
        events: The newest events of its newest attempt, flat; what these do not have of an output
            is left out.
        text: Makes text safe to be saved.
    """
    data = {event.get("seq"): event["data"] for event in events if event.get("type") == "output"}
    newest = sorted(state.outputs, key=lambda output: output.seq)[-MAX_OUTPUTS:]
    return [
        _saved(
            " · ".join(text(words, MAX_NAME) for words in (output.name, output.caption) if words),
            data.get(output.seq, {}),
            text,
        )
        for output in newest
    ]


def _saved(title: str, data: dict[str, Any], text: SavedText) -> SavedOutput:
    image = next((_image(kind, data[kind]) for kind in IMAGES if kind in data), "")
    plain = "" if image else text(_plain(data), MAX_TEXT)
    return SavedOutput(title or "output", image, plain)


def _plain(data: dict[str, Any]) -> str:
    if "text/plain" not in data and JSON in data:
        return to_json(data[JSON]).decode()
    return str(data.get("text/plain", ""))


def _image(kind: str, encoded: str) -> str:
    """Return the address of an image, made smaller where it is too large; "" where it stays so."""
    raw = base64.b64decode(encoded)
    if len(raw) > MAX_IMAGE:
        smaller = reduced(raw, MAX_IMAGE)
        if smaller is None:
            return ""
        kind, raw = smaller
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"


def output_html(output: SavedOutput) -> str:
    """Return an output as HTML."""
    title = div(QUIET, safe(output.title))
    if output.image:
        name = html.escape(output.title)
        style = "max-width:100%;max-height:360px;background:white"
        return div("margin-top:4px", f'<img style="{style}" alt="{name}" src="{output.image}">') + (
            title
        )
    return div(f"{TEXT};font-family:monospace;margin-top:4px", safe(output.text)) + title


def output_line(output: SavedOutput) -> str:
    """Return an output as text."""
    return f"{output.title}: {output.text or '(image)'}"
