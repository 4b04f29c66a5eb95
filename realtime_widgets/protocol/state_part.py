"""`StatePart`, the base class of what a state of a run consists of."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["StatePart"]


class StatePart(BaseModel):
    """A part of a state."""

    # The schema is of what is written, and there every field is present.
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)
