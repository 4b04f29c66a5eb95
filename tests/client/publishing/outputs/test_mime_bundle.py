"""The data of an output: which form of a value is taken, and what becomes of hostile ones."""

from __future__ import annotations

import base64
import io
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from pydantic_core import from_json, to_json

from realtime_widgets.client.publishing.outputs.mime_bundle import MAX_PLAIN, MAX_PREVIEW, bundle_of
from realtime_widgets.client.redaction import remember_secret
from realtime_widgets.protocol.outputs.blob import MAX_BLOB
from realtime_widgets.protocol.outputs.event import MAX_INLINE
from realtime_widgets.protocol.outputs.types import JSON
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


def deep(levels: int) -> list[Any]:
    return [deep(levels - 1)] if levels else []


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 100).convert("RGB")


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    noise(width, height).save(file, "PNG")
    return file.getvalue()


def test_a_figure_has_144_dots_per_inch_and_fewer_beyond_8_mib() -> None:
    small, _, _ = bundle_of(Figure(100))
    assert len(raw_of(small, "image/png")) == 14_400

    _, large, notes = bundle_of(Figure(1_000))
    assert (large and len(large.data), notes) == (144_000, [])

    _, huge, notes = bundle_of(Figure(100_000))
    assert (huge and len(huge.data), notes) == (7_200_000, [])


def test_an_image_above_96_kib_is_a_large_value_with_a_smaller_image_in_the_event() -> None:
    for value in (noise(700, 500), Shown(png=png(700, 500))):
        data, large, notes = bundle_of(value)

        assert large is not None
        assert (large.media_type, notes) == ("image/png", [])
        with Image.open(io.BytesIO(large.data)) as image:
            assert image.size == (700, 500)
        assert len(raw_of(data, "image/jpeg")) <= MAX_PREVIEW


def test_an_image_above_8_mib_is_made_smaller_with_a_note() -> None:
    raw = png(2_200, 1_900)
    assert len(raw) > MAX_BLOB

    data, large, notes = bundle_of(Shown(png=raw))

    assert large is None
    assert len(raw_of(data, "image/jpeg")) <= MAX_INLINE
    assert notes == [f"reduced from {len(raw):,} bytes"]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a" * 99_000, "text/plain"),
        (Shown(html="a" * 99_000), "text/html"),
        (Shown(bundle={"text/markdown": "a" * 99_000}), "text/markdown"),
        (Shown(bundle={"image/svg+xml": "a" * 99_000}), "image/svg+xml"),
    ],
)
def test_a_text_above_96_kib_is_a_large_value_with_a_short_text_in_the_event(
    value: object, kind: str
) -> None:
    data, large, notes = bundle_of(value)

    assert large is not None
    assert (large.media_type, large.data, notes) == (kind, b"a" * 99_000, [])
    assert list(data) == ["text/plain"]
    assert len(str(data["text/plain"])) <= MAX_PLAIN


@pytest.mark.parametrize(
    "tree",
    [
        {"rows": [{"n": n, "text": "x" * 20} for n in range(4_000)]},
        list(range(20_000)),
        {"one": "é" * 120_000},
    ],
    ids=["many bytes", "many values", "a long text"],
)
def test_a_tree_that_an_event_cannot_hold_is_a_large_value_with_a_smaller_tree(
    tree: object,
) -> None:
    data, large, notes = bundle_of(tree)

    assert large is not None
    assert (large.media_type, from_json(large.data), notes) == (JSON, tree, [])
    assert list(data) == [JSON]
    assert len(to_json(data[JSON])) <= MAX_PLAIN
    assert "more" in str(data[JSON])
    check_event({"type": "output", "data": data, "blob": large.reference})


@pytest.mark.parametrize(
    ("tree", "note"),
    [
        ({"one": "x" * 9_000_000}, "tree of 9,000,010 bytes cut, the limit is 8,388,608"),
        ([0] * 1_000_001, "tree cut, [...] marks where"),
        (deep(40), "tree cut, [...] marks where"),
    ],
    ids=["too large", "too many values", "too deep"],
)
def test_a_tree_that_a_blob_cannot_hold_is_cut_with_a_note(tree: object, note: str) -> None:
    _, large, notes = bundle_of(tree)

    assert notes == [note]
    assert large is None or len(large.data) <= MAX_BLOB


def test_secrets_are_redacted_in_a_large_tree() -> None:
    remember_secret("tok-of-the-test-of-large-trees")
    _, large, _ = bundle_of(["tok-of-the-test-of-large-trees"] * 4_000)
    assert large is not None
    assert b"tok-of" not in large.data


def test_secrets_are_redacted_in_a_large_text() -> None:
    remember_secret("tok-of-the-test-of-large-values")
    _, large, _ = bundle_of("tok-of-the-test-of-large-values " * 4_000)
    assert large is not None
    assert b"tok-of" not in large.data
    assert large.data.startswith(b"*** ***")


def test_a_table_is_html_and_text() -> None:
    data, _, notes = bundle_of(pd.DataFrame({"loss": [0.5]}))

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
    made, _, notes = bundle_of(value)

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
        (Shown(png=bytes(9_000_000)), ["text/plain"], "image/png of 9,000,000 bytes left out"),
        (Shown(html="a" * 9_000_000), ["text/plain"], "text/html of 9,000,000 characters left out"),
        (Shown(bundle=3), ["text/plain"], ""),
        ("a" * 9_000_000, ["text/plain"], "text of 9,000,000 characters cut"),
    ],
)
def test_what_cannot_be_kept_is_left_out_with_a_note(
    value: object, kinds: list[str], note: str
) -> None:
    data, _, notes = bundle_of(value)

    assert list(data) == kinds
    assert "; ".join(notes).startswith(note)
    check_event({"type": "output", "data": data})


def test_a_value_whose_code_raises_is_described() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    data, _, _ = bundle_of(Hostile())

    assert "Hostile object" in str(data["text/plain"])
