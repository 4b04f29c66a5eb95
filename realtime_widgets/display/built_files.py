"""The files of the built front end."""

from __future__ import annotations

from pathlib import Path

__all__ = ["built_file"]


def built_file(name: str) -> Path:
    """Return a file of the built front end.

    Raises:
        FileNotFoundError: It has not been built.
    """
    path = Path(__file__).parents[1] / "static" / name
    if not path.is_file():
        msg = (
            f"the front end is not built: {path.name} is missing; "
            "run `npm ci` and `npm run build` in the folder `frontend`"
        )
        raise FileNotFoundError(msg)
    return path
