"""Styles of terminal text: "select graphic rendition" (SGR), the `m` sequences of ANSI.

A style is a string: the SGR parameters that make it from plain text, such as `1;31`. Plain is `""`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RESET", "sgr", "style_after", "transition"]

RESET = "\x1b[0m"

_SEQUENCE = re.compile(r"\x1b\[([\d;:]{0,256}+)m")

_COLOUR_WITH_COLONS = re.compile(r"[\d:]{1,40}+", re.ASCII)

# What a code sets: one value for each property, so that a style stays short.
_SETS = (
    {str(code): "foreground" for code in (*range(30, 38), *range(90, 98))}
    | {str(code): "background" for code in (*range(40, 48), *range(100, 108))}
    | {"1": "bold", "2": "dim", "3": "italic", "4": "underline", "21": "underline", "5": "blink"}
    | {"6": "blink", "7": "inverse", "8": "hidden", "9": "struck", "53": "overline"}
)
_ENDS = {
    "22": ("bold", "dim"),
    "23": ("italic",),
    "24": ("underline",),
    "25": ("blink",),
    "27": ("inverse",),
    "28": ("hidden",),
    "29": ("struck",),
    "39": ("foreground",),
    "49": ("background",),
    "55": ("overline",),
}
_EXTENDED = {"38": "foreground", "48": "background", "58": None}
_EXTENDED_LENGTH = {"5": 1, "2": 3}


@functools.lru_cache(maxsize=256)
def sgr(style: str, parameters: str) -> str:
    """Return the style after an SGR sequence with these parameters."""
    properties: dict[str, str] = {}
    _apply(properties, style)
    _apply(properties, parameters or "0")
    return ";".join(properties.values())


def transition(before: str, after: str) -> str:
    """Return the sequence that changes one style to another."""
    if before == after:
        return ""
    if not after:
        return RESET
    return f"\x1b[0;{after}m" if before else f"\x1b[{after}m"


def style_after(text: str) -> str:
    """Return the style in which a text ends that begins plain."""
    return functools.reduce(sgr, _SEQUENCE.findall(text), "")


def _apply(properties: dict[str, str], parameters: str) -> None:
    if not parameters:
        return
    groups = iter(parameters.split(";"))
    for group in groups:
        code, _, detail = group.partition(":")
        code = code.lstrip("0") or "0"
        if code == "0":
            properties.clear()
        elif code in _EXTENDED:
            colour = _extended_colour(group, code, groups)
            if (target := _EXTENDED[code]) and colour:
                properties[target] = colour
        elif code in _ENDS or (code == "4" and detail == "0"):
            for ended in _ENDS.get(code, ("underline",)):
                properties.pop(ended, None)
        elif code in _SETS:
            properties[_SETS[code]] = code


def _extended_colour(group: str, code: str, groups: Iterator[str]) -> str | None:
    """Return `38;5;n`, `38;2;r;g;b` or the same with colons; None where it is malformed."""
    if ":" in group:
        return group if _COLOUR_WITH_COLONS.fullmatch(group) else None
    mode = next(groups, "")
    values = [next(groups, "") for _ in range(_EXTENDED_LENGTH.get(mode, 0))]
    is_colour = bool(values) and all(value.isdecimal() and len(value) <= 3 for value in values)  # noqa: PLR2004 - digits of 255
    return ";".join([code, mode, *values]) if is_colour else None
