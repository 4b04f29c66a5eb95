"""Fields of AG-UI events, which may have any shape: what is not of the expected type is left out.

The front end has the same rules in `frontend/src/model/timeline/fields.ts` and `extra.ts`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from realtime_widgets.protocol.agents.usage import Cost, TokenUsage

__all__ = ["Extra", "amount_of", "list_of", "name_of", "object_of", "read_extra", "text_of"]

MAX_NAME = 200
"""Characters of an id or a name that are kept, of which states have many."""

MAX_ID = 64
"""Characters of an id, a currency or a source in the metadata."""

MAX_ERROR = 4_096
"""Characters of an error."""

MAX_QUESTION = 1_000
"""Characters of the question of an interrupt that are kept."""

KEY = "realtime-widgets"
"""Of this package's fields in the metadata of an event."""

MAX_ENTRIES = 1_000
"""Entries of a list in an event that are read."""

_WORKS = {"agent", "model", "tool", "retriever", "embedding", "guardrail", "step"}

_DECIMAL = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,18})?")
COUNTS = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "total_tokens": "totalTokens",
    "reasoning_tokens": "reasoningTokens",
    "cached_input_tokens": "cachedInputTokens",
    "cache_write_input_tokens": "cacheWriteInputTokens",
}


@dataclass(frozen=True)
class Extra:
    """What AG-UI has no field for, from the key `realtime-widgets` of an event's metadata."""

    id: str = ""
    """The identity of a step, whose name may be used again."""

    parent: str = ""
    """The id of a step, tool call, sub-agent or run that this is a part of."""

    work: str = ""
    """What a step does, such as `model`; "" where that is not known."""

    error: str | None = None
    """The error, which may be empty; None where it has not failed, as far as is known."""

    is_success: bool = False
    """Whether the publisher stated that it has not failed."""

    is_cancelled: bool = False
    """Whether it was interrupted, cancelled or left early."""

    ttft: float | None = None
    """Seconds until the first token of a model came."""

    usage: TokenUsage | None = None
    cost: Cost | None = None


_NOTHING = Extra()


def text_of(value: object) -> str:
    """Return a string as it is, and "" for anything else."""
    return value if isinstance(value, str) else ""


def name_of(value: object) -> str:
    """Return the beginning of a string, and "" for anything else."""
    return text_of(value)[:MAX_NAME]


def list_of(value: object) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def object_of(value: object) -> dict[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def amount_of(value: object) -> int | float | None:
    """Return a finite number from 0 on, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and value >= 0 else None


def read_extra(event: dict[str, Any]) -> Extra:
    """Read the metadata of an event."""
    metadata = event.get("metadata")
    if not isinstance(metadata, dict):
        return _NOTHING
    ours = object_of(metadata.get(KEY))
    error, ttft_ms = ours.get("error"), amount_of(ours.get("ttft_ms"))
    return Extra(
        id=text_of(ours.get("id"))[:MAX_ID],
        parent=text_of(ours.get("parent"))[:MAX_ID],
        work=work if (work := text_of(ours.get("kind"))) in _WORKS else "",
        error="" if error is True else error[:MAX_ERROR] if isinstance(error, str) else None,
        is_success=error is False,
        is_cancelled=ours.get("outcome") == "cancelled",
        ttft=None if ttft_ms is None else ttft_ms / 1_000,
        usage=read_usage(ours.get("usage")),
        cost=_read_cost(ours.get("cost")),
    )


def read_usage(value: object) -> TokenUsage | None:
    """Read the counts of one model call; None where the value has none."""
    fields = object_of(value)
    counts = {
        ours: count
        for ours, theirs in COUNTS.items()
        if (count := amount_of(fields.get(theirs))) is not None
    }
    if not counts:
        return None
    return TokenUsage(
        provider=name_of(fields.get("provider")) or None,
        model=name_of(fields.get("model")) or None,
        **counts,
    )


def _read_cost(value: object) -> Cost | None:
    fields = object_of(value)
    given = fields.get("amount")
    if isinstance(given, str) and _DECIMAL.fullmatch(given):
        given = float(given)
    amount, currency = amount_of(given), text_of(fields.get("currency"))[:MAX_ID]
    if amount is None or not currency:
        return None
    source = text_of(fields.get("source"))[:MAX_ID]
    return Cost(currency=currency, amount=amount, sources=[source] if source else [])
