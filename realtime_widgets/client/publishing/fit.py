"""Converts any Python value to JSON within the limits of an event (protocol 4.1).

`fit` never raises: the result is always JSON within the limits, and what was changed has a mark. So
a NaN loss or a tool result of a megabyte loses detail, and never fails the run that publishes it.

Its time is bounded as well. At most `MAX_VALUES` values are visited. Code of other packages
(`__repr__`, `tolist`, `model_dump`) runs for `FOREIGN_S` in total; after that, values are shown by
their type only. Nothing is consumed: an iterator is shown by its `repr`.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import sys
import zlib
from collections import UserString
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import islice
from os import PathLike, fspath
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import to_json

from realtime_widgets.protocol.json_limits import MAX_DEPTH, MAX_INTEGER, MAX_KEY_LENGTH, MAX_VALUES
from realtime_widgets.protocol.limits import Limits
from realtime_widgets.protocol.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

__all__ = ["EVENT_BYTES", "cut", "finite", "fit", "fit_tree", "name", "plain_number", "text"]

EVENT_BYTES = Limits().event_bytes
"""Maximum size of an event, in bytes of JSON."""

FOREIGN_S = 0.1
"""Maximum total time in code of other packages for one value."""

MAX_REPR = 4_096
"""Maximum characters of the text of an object that JSON has no type for."""

MAX_DIGIT_BITS = 14_000
"""Bits up to which an integer is written as digits: Python's limit is 4,300 digits."""

SHORT = 64
"""Characters below which texts are not cut any further; then values are removed."""

HEX_BYTES = 32
"""Number of bytes that are shown of bytes that are not UTF-8."""

JSON_BYTES = 6
"""Maximum bytes of JSON for one character: `\\u0000`."""

VALUE_BYTES = 32
"""Maximum bytes of JSON for a number, and for the punctuation of any value."""

_AS_TEXT = (UUID, Decimal, Fraction, timedelta, complex, UserString)
_ARRAYS = (Sequence, AbstractSet)
_CONTAINERS = {list, tuple, set, frozenset, dict}
_DEEPER = f"… [nested deeper than {MAX_DEPTH} levels]"
_CHANGING = "… [changed by another thread while it was read]"


def fit(value: object, *, limit_bytes: int = EVENT_BYTES) -> tuple[JsonValue, int]:
    """Return a JSON value for any Python value, and its approximate size in bytes of JSON.

    Args:
        value: Any value. It is neither changed nor consumed.
        limit_bytes: Maximum size of the result, in bytes of JSON.

    Returns:
        A new value of plain types, with at most `MAX_VALUES` values in `MAX_DEPTH` levels, keys of
        at most `MAX_KEY_LENGTH` characters, integers within ±(2^53-1), and text without lone
        surrogates. Larger values are cut with a mark; NaN and the infinities become the texts
        `NaN`, `Infinity` and `-Infinity`; larger integers become text.
    """
    fitter = _Fitter(MAX_VALUES - 1, limit_bytes)
    try:
        fitted = fitter.fit(value)
    except RecursionError:  # the caller's stack is nearly full
        fitted = _described(value)
    if fitter.most_bytes <= limit_bytes:
        return fitted, fitter.characters
    values, characters = MAX_VALUES - 1, fitter.longest
    while (size := len(to_json(fitted))) > limit_bytes:
        characters = characters * limit_bytes // (size + 1)
        if characters < SHORT:
            values, characters = values // 2, SHORT
        fitted = _Fitter(values, characters).fit(fitted)
    return fitted, size


def fit_tree(value: object, max_values: int) -> tuple[JsonValue, bool]:
    """Return a JSON value as `fit` does, of any size, and whether it has all values.

    Args:
        value: Any value.
        max_values: Most values inside it.
    """
    fitter = _Fitter(max_values, sys.maxsize)
    try:
        return fitter.fit(value), fitter.is_whole
    except RecursionError:  # the caller's stack is nearly full
        return _described(value), False


def text(value: object) -> str:
    """Return any Python value as text: bytes decoded, an exception as its last traceback line."""
    if type(value) is str:
        return value
    try:
        return _text_of(value)
    except Exception as error:  # noqa: BLE001 - code of another package
        return _described(value, error)


def name(value: object, limit: int = 256) -> str:
    """Return a name of at most `limit` characters for any Python value.

    A name that is cut ends with a checksum of the whole, so that different names stay different.
    """
    whole = text(value)
    if len(whole) <= limit:
        return whole
    checksum = f"…{zlib.crc32(whole.encode(errors='replace')):08x}"
    return whole[: limit - len(checksum)] + checksum


def plain_number(value: Any) -> int | float:  # noqa: ANN401 - of any package
    """Return a number of any package, or an array of one element, as Python's int or float.

    Raises:
        Exception: It is not a number. The type depends on the package.
    """
    if type(value) is int or type(value) is float:
        return value
    try:
        return operator.index(value)
    except TypeError:
        pass  # arrays of floats have `__index__`, too
    try:
        # `float` warns about an array with one element.
        is_foreign = not isinstance(value, float) and hasattr(value, "item")
        return float(value.item() if is_foreign else value)
    except OverflowError:
        return math.inf


def finite(value: object) -> int | float | None:
    """Return a number of any package, clamped to ±(2^53-1); None for anything else.

    NaN and the infinities give None.
    """
    try:
        number = plain_number(value)
    except Exception:  # noqa: BLE001 - code of another package
        return None
    if number != number or number in {math.inf, -math.inf}:  # noqa: PLR0124 - NaN; an integer may be too large for `math`
        return None
    return max(-MAX_INTEGER, min(MAX_INTEGER, number))


def cut(whole: str, limit: int) -> str:
    """Cut the middle out of a text, with a mark that counts the missing characters.

    The beginning identifies the text, and the end of an output contains its error.
    """
    if len(whole) <= limit:
        return whole
    kept = max(0, limit - len(_mark(len(whole))))
    tail = kept // 3
    return whole[: kept - tail] + _mark(len(whole) - kept) + whole[len(whole) - tail :]


def _mark(missing: int) -> str:
    return f" … [{missing:,} more characters] … "


def _text_of(value: Any) -> str:  # noqa: ANN401 - anything
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _spelled(value)
    if isinstance(value, BaseException):
        line = str(value)
        return f"{type(value).__name__}: {line}" if line else type(value).__name__
    if type(value) in _CONTAINERS and len(value) > MAX_VALUES:
        items = value.items() if type(value) is dict else value
        part = type(value)(islice(items, MAX_VALUES))
        return f"{part} … [{len(value) - MAX_VALUES:,} more]"
    return str(value)


def _spelled(value: bytes | bytearray | memoryview) -> str:
    size = memoryview(value).nbytes
    given = bytes(memoryview(value).cast("B")[:EVENT_BYTES])
    try:
        # If the bytes were cut, the last character may be incomplete.
        return given.decode("utf-8", "strict" if size == len(given) else "ignore")
    except UnicodeDecodeError:
        more = " …" if size > HEX_BYTES else ""
        return f"<{size:,} bytes: {given[:HEX_BYTES].hex(' ')}{more}>"


def _described(value: object, error: Exception | None = None) -> str:
    """Describe a value by its type, without calling its code."""
    kind = type.__getattribute__(type(value), "__name__")
    why = f", which cannot be shown: {type.__getattribute__(type(error), '__name__')}"
    return f"<{kind} object{why if error else ''}>"


class _Fitter:
    """One traversal of a value.

    Args:
        values: Maximum number of values inside it.
        characters: Maximum characters of each text.
    """

    def __init__(self, values: int, characters: int) -> None:
        self._values = values
        self._left = values
        self._limit = characters
        self._foreign_until: float | None = None
        self.characters = 0
        """Characters of all texts."""
        self.longest = 0
        """Characters of the longest text."""
        self.is_whole = True
        """Whether no value was left out."""

    @property
    def most_bytes(self) -> int:
        """Upper bound of the result's size, in bytes of JSON."""
        return JSON_BYTES * self.characters + VALUE_BYTES * (1 + self._values - self._left)

    def fit(self, value: Any, depth: int = 1) -> JsonValue:  # noqa: ANN401, PLR0911 - the kinds of JSON
        kind = type(value)
        if kind is str:
            return self._text(value)
        if value is None or kind is bool:
            return value  # type: ignore[no-any-return]
        if kind is int:
            return value if -MAX_INTEGER <= value <= MAX_INTEGER else self._text(_digits(value))
        if kind is float:
            return value if math.isfinite(value) else self._text(_not_finite(value))
        if kind is dict:
            return self._object(value.items(), len(value), depth)
        if kind is list or kind is tuple:
            return self._array(value, len(value), depth)
        return self._foreign(value, depth)

    def _text(self, value: str, limit: int | None = None) -> str:
        if len(value) > self._limit:
            value = cut(value, self._limit)
        if limit is not None and len(value) > limit:
            value = cut(value, limit)
        if not value.isascii():
            value = replace_surrogates(value)  # type: ignore[assignment]
        self.characters += len(value)
        self.longest = max(self.longest, len(value))
        return value

    def _key(self, key: object) -> str:
        limit = min(self._limit, MAX_KEY_LENGTH)
        if isinstance(key, Enum):
            key = key.value
        return self._text(key if type(key) is str and len(key) <= limit else name(key, limit))

    def _object(self, items: Iterable[Any], count: int | None, depth: int) -> JsonValue:
        taken, more = self._take(items, count, depth)
        if taken is None:
            return self._text(more)
        fitted: dict[str, JsonValue] = {}
        for key, item in taken:
            known = self._key(key)
            if known in fitted:  # such as 1 and "1"
                known = name(f"{known} ({len(fitted)})", MAX_KEY_LENGTH)
            fitted[known] = self.fit(item, depth + 1)
        if more:
            fitted["…"] = self._text(more)
        return fitted

    def _array(self, items: Iterable[Any], count: int | None, depth: int) -> JsonValue:
        taken, more = self._take(items, count, depth)
        if taken is None:
            return self._text(more)
        fitted = [self.fit(item, depth + 1) for item in taken]
        if more:
            fitted.append(self._text(more))
        return fitted

    def _take(
        self, items: Iterable[Any], count: int | None, depth: int
    ) -> tuple[tuple[Any, ...] | None, str]:
        """Return as many items as the limits allow, and a mark for the others."""
        if depth > MAX_DEPTH:
            return self._left_out(_DEEPER)
        try:
            taken = tuple(islice(items, self._left + 1))
        except RuntimeError:
            return self._left_out(_CHANGING)
        if len(taken) <= self._left:
            self._left -= len(taken)
            return taken, ""
        self.is_whole = False
        room = max(0, self._left - 1)  # the mark counts as a value
        self._left = 0
        more = "more" if count is None else f"{count - room:,} more"
        mark = f"… [{more}]"
        return (taken[:room], mark) if room else (None, mark)

    def _left_out(self, mark: str) -> tuple[None, str]:
        self.is_whole = False
        return None, mark

    def _foreign(self, value: object, depth: int) -> JsonValue:
        now = perf_counter()
        if self._foreign_until is None:
            self._foreign_until = now + FOREIGN_S
        elif now > self._foreign_until:
            return self._text(_described(value))
        try:
            return self._convert(value, depth)
        except Exception as error:  # noqa: BLE001 - code of another package
            return self._text(_described(value, error))

    def _convert(self, value: Any, depth: int) -> JsonValue:  # noqa: ANN401, C901, PLR0911, PLR0912 - one line for each kind
        if isinstance(value, Enum):
            return self.fit(value.value, depth)
        if isinstance(value, str | bytes | bytearray | memoryview | BaseException):
            return self._text(text(value))
        if isinstance(value, int):
            return self.fit(int.__int__(value), depth)
        if isinstance(value, float):
            return self.fit(float.__float__(value), depth)
        if isinstance(value, date | time):
            return self._text(value.isoformat())
        if isinstance(value, _AS_TEXT):
            return self._text(str(value), MAX_REPR)
        if isinstance(value, PathLike):
            return self._text(text(fspath(value)))
        if isinstance(value, BaseModel):
            fields = value.model_dump(by_alias=True, exclude_none=True, warnings=False)
            return self._object(fields.items(), len(fields), depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in dataclasses.fields(value)]
            held = ((each, getattr(value, each)) for each in names if hasattr(value, each))
            return self._object(held, len(names), depth)
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple) and math.prod(shape) > self._values + 1:
            self.is_whole = False
            sizes = " x ".join(f"{side:,}" for side in shape)
            return self._text(f"<{type(value).__name__} of {sizes} values>")
        if isinstance(shape, tuple) and hasattr(value, "tolist"):
            return self.fit(value.tolist(), depth)
        if isinstance(value, Mapping):
            return self._object(value.items(), None, depth)
        if isinstance(value, _ARRAYS):
            return self._array(value, None, depth)
        return self._text(repr(value), MAX_REPR)


def _digits(value: int) -> str:
    bits = value.bit_length()
    return str(value) if bits <= MAX_DIGIT_BITS else f"an integer of {bits:,} bits"


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
