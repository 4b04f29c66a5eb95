"""Values of AG-UI events as text."""

from __future__ import annotations

import json

from realtime_widgets.protocol.agents.fields import object_of, text_of

__all__ = ["as_json", "text_of_content"]


def text_of_content(content: object) -> str:
    """Return the text of a content, which may be a list of parts; other parts are named."""
    if not isinstance(content, list):
        return text_of(content)
    parts = map(object_of, content)
    return "\n".join(
        text_of(part.get("text"))
        if part.get("type") == "text"
        else f"[{text_of(part.get('type')) or 'part'}]"
        for part in parts
    )


def as_json(value: object) -> str:
    """Return a value of an event in one line of JSON."""
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), skipkeys=True, default=str
        )
    except (ValueError, RecursionError):
        return "(nested too deep to be shown)"
