"""The media types of outputs (protocol 4.7)."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["IMAGES", "JSON", "TEXTS", "TYPES", "MediaType"]

MediaType: TypeAlias = Literal[
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/svg+xml",
    "text/html",
    "text/markdown",
    "application/json",
    "text/plain",
]

IMAGES = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""Media types of images, which are in base64."""

TEXTS = ("image/svg+xml", "text/html", "text/markdown", "text/plain")
"""Media types of texts."""

JSON = "application/json"
"""The media type of a JSON value."""

TYPES: tuple[str, ...] = (*IMAGES, *TEXTS[:3], JSON, TEXTS[3])
"""All media types; a view shows the first of them that an output has."""
