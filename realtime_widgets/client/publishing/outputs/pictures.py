"""Images in a bounded number of bytes: figures and photos are made smaller until they fit."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["figure_png", "photo", "reduced"]

RESOLUTIONS = (144, 120, 100, 84, 72)
"""Dots per inch of a figure, tried in this order."""

SIDES = (2_048, 1_448, 1_024, 724, 512, 362, 256, 128)
"""Longest sides of a photo in pixels, tried in this order."""

MAX_PIXELS = 40_000_000
"""Most pixels of an image that is decoded to make it smaller."""

QUALITY = 85
"""Of JPEG files, in percent."""


def figure_png(figure: Any, limit: int) -> bytes:  # noqa: ANN401 - a figure of Matplotlib
    """Return a figure as PNG, with fewer dots where it is larger than `limit` bytes otherwise.

    With the fewest dots it may still be larger.
    """
    for resolution in RESOLUTIONS:
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=resolution)
        if len(target.getvalue()) <= limit:
            break
    return target.getvalue()


def photo(image: Any, limit: int) -> tuple[str, bytes]:  # noqa: ANN401 - an image of Pillow
    """Return an image as PNG or, where that is larger than `limit` bytes, as a smaller JPEG.

    Returns:
        Its media type and its bytes, which may still be more than the limit.
    """
    whole = io.BytesIO()
    image.save(whole, format="PNG")
    if len(whole.getvalue()) <= limit:
        return "image/png", whole.getvalue()
    for candidate in _smaller(image):
        if len(candidate) <= limit:
            break
    return "image/jpeg", candidate


def reduced(raw: bytes, limit: int) -> tuple[str, bytes] | None:
    """Make an image file smaller; None without Pillow, or where that cannot read or reduce it."""
    try:
        from PIL import Image
    except ImportError:
        return None
    try:
        with Image.open(io.BytesIO(raw)) as image:
            if math.prod(image.size) > MAX_PIXELS:
                return None
            kind, smaller = photo(image, limit)
    except Exception:  # noqa: BLE001 - decoders raise many types for a damaged file
        return None
    return (kind, smaller) if len(smaller) <= limit else None


def _smaller(image: Any) -> Iterator[bytes]:  # noqa: ANN401 - an image of Pillow
    opaque = _on_white(image)
    for side in SIDES:
        smaller = opaque.copy()
        smaller.thumbnail((side, side))
        target = io.BytesIO()
        smaller.save(target, format="JPEG", quality=QUALITY)
        yield target.getvalue()


def _on_white(image: Any) -> Any:  # noqa: ANN401 - an image of Pillow
    """Return an image without transparency, which JPEG does not have."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    from PIL import Image

    with_alpha = image.convert("RGBA")
    white = Image.new("RGBA", with_alpha.size, "white")
    return Image.alpha_composite(white, with_alpha).convert("RGB")
