"""Where a run is published from, so that a list of runs can lead back to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath

from realtime_widgets.environment import ROOT_VARIABLE

__all__ = ["origin"]

NOTEBOOK_VARIABLE = "JPY_SESSION_NAME"
"""The notebook of this kernel, by its absolute path; Jupyter sets it, and its children have it."""

MAX_CHARACTERS = {"notebook": 1024, "program": 256}
"""Longer ones lead nowhere (protocol 4)."""


def origin() -> dict[str, str]:
    """Return the fields `notebook` and `program` of a `running`, each only where there is one."""
    found = {"notebook": _notebook(), "program": _program()}
    return {
        name: place for name, place in found.items() if place and len(place) <= MAX_CHARACTERS[name]
    }


def _notebook() -> str:
    """Return the path below the server's root, without the folders of this machine above it."""
    root, notebook = os.environ.get(ROOT_VARIABLE), os.environ.get(NOTEBOOK_VARIABLE)
    if not root or not notebook:
        return ""
    path = PurePath(notebook)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""


def _program() -> str:
    path = Path(sys.argv[0] if sys.argv else "")
    if path.name == "__main__.py":
        name = path.parent.name  # as with `python -m PACKAGE`
    else:
        name = path.name if path.suffix == ".py" else ""
    return "" if name.startswith("ipykernel") else name
