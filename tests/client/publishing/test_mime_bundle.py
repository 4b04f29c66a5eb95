"""The data of an output: which form of a value is taken, and what becomes of hostile ones."""

from __future__ import annotations

import base64
import io
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from realtime_widgets.client.publishing.mime_bundle import bundle_of
from realtime_widgets.protocol.outputs.event import MAX_INLINE
from realtime_widgets.protocol.validation import check_event


class Figure:
    """Draws as Matplotlib does: as many bytes as dots."""

    def __init__(self, bytes_per_dot: int) -> None:
        self.bytes_per_dot = bytes_per_dot

    def savefig(self, target: io.BytesIO, *, dpi: int, **_: object) -> None:
        target.write(bytes(self.bytes_per_dot * dpi))


class Shown:
    """Has the forms that it is made with."""

    def __init__(self, **forms: Any) -> None:
        self.forms = forms

    def __repr__(self) -> str:
        return "<shown>"

    def _repr_mimebundle_(self, **_: object) -> Any:
        return self.forms.get("bundle")

    def _repr_png_(self) -> Any:
        form = self.forms.get("png")
        if isinstance(form, Exception):
            raise form
        return form

    def _repr_html_(self) -> Any:
        return self.forms.get("html")


def raw_of(data: dict[str, Any], kind: str) -> bytes:
    return base64.b64decode(data[kind])


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 100).convert("RGB")


def test_a_figure_has_as_many_dots_as_fit() -> None:
    small, notes = bundle_of(Figure(100))
    assert (len(raw_of(small, "image/png")), notes) == (14_400, [])

    large, notes = bundle_of(Figure(1_000))
    assert (len(raw_of(large, "image/png")), notes) == (84_000, [])


def test_an_image_is_made_smaller_until_it_fits_and_a_note_tells_it() -> None:
    data, notes = bundle_of(noise(700, 500))

    raw = raw_of(data, "image/jpeg")
    assert len(raw) <= MAX_INLINE
    with Image.open(io.BytesIO(raw)) as image:
        assert image.size[0] < 700
    assert notes == ["reduced to a smaller JPEG"]


def test_a_file_that_is_too_large_is_made_smaller_too() -> None:
    file = io.BytesIO()
    noise(300, 300).save(file, "PNG")

    data, notes = bundle_of(Shown(png=file.getvalue()))

    assert len(raw_of(data, "image/jpeg")) <= MAX_INLINE
    assert notes == [f"reduced from {len(file.getvalue()):,} bytes"]


def test_a_table_is_html_and_text() -> None:
    data, notes = bundle_of(pd.DataFrame({"loss": [0.5]}))

    assert "<table" in data["text/html"]  # type: ignore[operator]
    assert "loss" in data["text/plain"]  # type: ignore[operator]
    assert notes == []


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("words", {"text/plain": "words"}),
        ({"a": float("nan")}, {"application/json": {"a": "NaN"}}),
        (3, {"text/plain": "3"}),
        (Shown(bundle=({"text/markdown": "*a*"}, {})), {"text/markdown": "*a*"}),
        (Shown(bundle={"application/x": 1, "text/plain": "b"}), {"text/plain": "b"}),
        (Shown(html="<b>"), {"text/html": "<b>"}),
    ],
)
def test_the_best_form_is_taken(value: object, data: dict[str, object]) -> None:
    made, notes = bundle_of(value)

    assert {**made, **data} == made
    assert notes == []


@pytest.mark.parametrize(
    ("value", "kinds", "note"),
    [
        (
            Shown(png=ValueError("no"), html="<b>"),
            ["text/plain"],
            "cannot be drawn: ValueError: no",
        ),
        (Shown(png="no base64!"), ["text/plain"], "image/png left out, as it is no base64"),
        (Shown(png=3), ["text/plain"], "image/png left out, as it is no image but int"),
        (Shown(png=bytes(99_000)), ["text/plain"], "image/png of 99,000 bytes left out"),
        (Shown(html="a" * 99_000), ["text/plain"], "text/html of 99,000 characters left out"),
        (Shown(bundle=3), ["text/plain"], ""),
        ("a" * 99_000, ["text/plain"], "text of 99,000 characters cut"),
    ],
)
def test_what_cannot_be_kept_is_left_out_with_a_note(
    value: object, kinds: list[str], note: str
) -> None:
    data, notes = bundle_of(value)

    assert list(data) == kinds
    assert "; ".join(notes).startswith(note)
    check_event({"type": "output", "data": data})


def test_a_value_whose_code_raises_is_described() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    data, _ = bundle_of(Hostile())

    assert "Hostile object" in str(data["text/plain"])
