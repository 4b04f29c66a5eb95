"""Letters without their case, character by character, so that offsets stay the same."""

from __future__ import annotations

__all__ = ["FOLDED_TO_ASCII", "fold"]

FOLDED_TO_ASCII = {"\u0130": "i", "\u212a": "k"}
"""The characters that are folded to a letter of ASCII: I with a dot, and the kelvin sign."""


def fold(text: str) -> str:
    """Return the text in lower case; as many characters, each folded without regard to the others.

    `str.lower` alone makes two characters of one, and has two small letters for a sigma.
    """
    return text.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3")
