"""Whether code runs in a notebook of marimo, which is no kernel of Jupyter."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["in_marimo"]


def in_marimo() -> bool:
    """Whether the code that calls this runs in a cell of marimo; loads nothing of marimo."""
    marimo: Any = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())
