"""Makes the data of an output from any Python value: the media types that it can be shown as.

The methods that notebooks use (`_repr_html_` and the like) are code of other packages: where one
raises or returns what an output cannot hold, another form of the value is taken, and a note says
so. Of all forms the first of `TYPES` that fits is kept, and a text beside it.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json

from realtime_widgets.client.large_value import LargeValue
from realtime_widgets.client.publishing.fit import cut, fit, fit_tree, text
from realtime_widgets.client.publishing.outputs.pictures import figure_png, photo, reduced
from realtime_widgets.client.redaction import redact, redact_json
from realtime_widgets.protocol.outputs.blob import MAX_BLOB
from realtime_widgets.protocol.outputs.event import MAX_INLINE
from realtime_widgets.protocol.outputs.types import IMAGES, JSON, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

__all__ = ["Bundle", "bundle_of"]

MAX_PREVIEW = 30_000
"""Most bytes of the smaller image in an event whose image is a blob."""

MAX_PLAIN = 8_192
"""Most characters of the text beside another form."""

MAX_TREE = 1_000_000
"""Most values of a tree of JSON."""

_METHODS = {
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    JSON: "_repr_json_",
}
_PLAIN = "text/plain"


class Bundle(NamedTuple):
    """What is published of a value."""

    data: dict[str, JsonValue]
    large: LargeValue | None
    """The whole value, where `data` has a smaller form of it."""

    notes: list[str]
    """What of the value is missing or smaller, in words."""


def bundle_of(value: object) -> Bundle:
    """Return what is published of a value.

    Args:
        value: A figure (with `savefig`), an image of Pillow, what notebooks can show, text, a
            dict, list or tuple, or anything else, of which `repr` is taken.
    """
    notes: list[str] = []
    if type(value) is str:
        return _text_bundle(_PLAIN, value, notes)
    if type(value) in (dict, list, tuple):
        return _json_bundle(value, notes)
    forms = _forms(value, notes)
    plain = text(forms[_PLAIN] if _PLAIN in forms else _repr_of(value))
    for kind in TYPES[:-1]:
        bundle = _bundle_as(kind, forms[kind], notes) if kind in forms else None
        if bundle is not None:
            return bundle._replace(data=bundle.data | {_PLAIN: cut(plain, MAX_PLAIN)})
    return _text_bundle(_PLAIN, plain, notes)


def _bundle_as(kind: str, form: Any, notes: list[str]) -> Bundle | None:  # noqa: ANN401 - of any package
    """Return what is published of a form; None where it cannot be kept."""
    if kind in IMAGES:
        return _image_bundle(kind, form, notes)
    if kind == JSON:
        return _json_bundle(form, notes)
    words = text(form)
    if len(words) <= MAX_INLINE:
        return Bundle({kind: words}, None, notes)
    if kind == "text/markdown":
        return _text_bundle(kind, words, notes)
    raw = redact(words).encode(errors="replace")
    if len(raw) > MAX_BLOB:
        # Half of it would be another picture or table.
        notes.append(f"{kind} of {len(words):,} characters left out, the limit is {MAX_BLOB:,}")
        return None
    return Bundle({}, LargeValue(kind, raw), notes)


def _json_bundle(value: object, notes: list[str]) -> Bundle:
    tree, is_whole = fit_tree(value, MAX_TREE)
    if not is_whole:
        notes.append("tree cut, [...] marks where")
    raw = redact_json(to_json(tree))
    fitted, _ = fit(tree, limit_bytes=MAX_INLINE)
    if fitted == tree:
        return Bundle({JSON: fitted}, None, notes)
    if len(raw) > MAX_BLOB:
        notes.append(f"tree of {len(raw):,} bytes cut, the limit is {MAX_BLOB:,}")
        return Bundle({JSON: fitted}, None, notes)
    return Bundle({JSON: fit(tree, limit_bytes=MAX_PLAIN)[0]}, LargeValue(JSON, raw), notes)


def _text_bundle(kind: str, words: str, notes: list[str]) -> Bundle:
    if len(words) <= MAX_INLINE:
        return Bundle({kind: words}, None, notes)
    raw = redact(words).encode(errors="replace")
    if len(raw) <= MAX_BLOB:
        return Bundle({_PLAIN: cut(words, MAX_PLAIN)}, LargeValue(kind, raw), notes)
    notes.append(f"text of {len(words):,} characters cut")
    return Bundle({kind: cut(words, MAX_INLINE)}, None, notes)


def _image_bundle(kind: str, form: Any, notes: list[str]) -> Bundle | None:  # noqa: ANN401 - of any package
    raw = _image_bytes(kind, form, notes)
    if raw is None:
        return None
    if len(raw) <= MAX_INLINE:
        return Bundle(_encoded(kind, raw), None, notes)
    if len(raw) <= MAX_BLOB:
        smaller = reduced(raw, MAX_PREVIEW)
        return Bundle(_encoded(*smaller) if smaller else {}, LargeValue(kind, raw), notes)
    smaller = reduced(raw, MAX_INLINE)
    if smaller is None:
        notes.append(f"{kind} of {len(raw):,} bytes left out, the limit is {MAX_BLOB:,}")
        return None
    notes.append(f"reduced from {len(raw):,} bytes")
    return Bundle(_encoded(*smaller), None, notes)


def _image_bytes(kind: str, form: Any, notes: list[str]) -> bytes | None:  # noqa: ANN401 - of any package
    if isinstance(form, str):
        try:
            form = base64.b64decode("".join(form.split()), validate=True)
        except ValueError:
            notes.append(f"{kind} left out, as it is no base64")
            return None
    raw = bytes(form) if isinstance(form, bytearray | memoryview) else form
    if not isinstance(raw, bytes):
        notes.append(f"{kind} left out, as it is no image but {type(form).__name__}")
        return None
    return raw


def _encoded(kind: str, raw: bytes) -> dict[str, JsonValue]:
    return {kind: base64.b64encode(raw).decode()}


def _forms(value: object, notes: list[str]) -> Mapping[str, Any]:
    """Return the forms of a value by media type, from the first source that has one to draw."""
    forms: Mapping[str, Any] = {}
    for source in (partial(_as_picture, notes), _own_bundle, _bundle_of_shell, _own_methods):
        made = _attempt(partial(source, value), notes)
        if isinstance(made, Mapping) and made:
            forms = made
            if any(kind in made for kind in TYPES[:-1]):
                break
    return forms


def _attempt(make: Callable[[], object], notes: list[str]) -> object:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - code of another package
        notes.append(f"cannot be drawn: {text(error)}")
        return None


def _as_picture(notes: list[str], value: Any) -> dict[str, bytes]:  # noqa: ANN401 - of any package
    kind = type(value)
    if hasattr(kind, "savefig"):
        return {"image/png": figure_png(value, MAX_BLOB)}
    if hasattr(kind, "thumbnail") and hasattr(kind, "save"):
        picture, raw = photo(value, MAX_BLOB)
        if picture != "image/png":
            notes.append("reduced to a smaller JPEG")
        return {picture: raw}
    return {}


def _own_bundle(value: Any) -> object:  # noqa: ANN401 - of any package
    if not hasattr(type(value), "_repr_mimebundle_"):
        return None
    made = value._repr_mimebundle_(include=None, exclude=None)
    return made[0] if isinstance(made, tuple) else made


def _bundle_of_shell(value: object) -> object:
    """Return what the cell of a notebook would show."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return None if shell is None else shell.display_formatter.format(value)[0]


def _own_methods(value: object) -> dict[str, object]:
    forms = {
        kind: getattr(value, method)()
        for kind, method in _METHODS.items()
        if hasattr(type(value), method)
    }
    return {
        kind: form[0] if isinstance(form, tuple) else form
        for kind, form in forms.items()
        if form is not None
    }


def _repr_of(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - code of another package; `text` describes it
        return text(value)
