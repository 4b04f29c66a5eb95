"""Turns nested values into settings: flat, by name, each a text, a number, true, false or null."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic_core import to_json

from realtime_widgets.client.publishing.fit import cut, fit
from realtime_widgets.client.publishing.fit import name as short_name
from realtime_widgets.client.redaction import MASK
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.codes import ErrorCode
from realtime_widgets.protocol.details.event import MAX_NAME, MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from realtime_widgets.protocol.details.event import Setting

__all__ = ["flat_settings"]

_SECRET = re.compile(
    r"(^|[._-])(pass(word|wd|phrase)|secret|credentials?|(api|access|secret|private)_?key"
    r"|((api|access|auth|bearer|hub|hf|refresh)_?)?token)$",
    re.IGNORECASE,
)
"""Names of secrets. Not all that end with `token` are: `pad_token` is a setting of a tokenizer."""

_SETTING_OF_MODELS = re.compile(r"(^|[._-])(pad|eos|bos|unk|mask|sep|cls)_token$", re.IGNORECASE)


def flat_settings(settings: object, named: Mapping[str, object]) -> dict[str, Setting]:
    """Return the settings in what was given, with names such as `optimizer.lr`.

    Args:
        settings: A value with names, of any package; None for no settings.
        named: Further settings.

    Raises:
        InvalidEventError: It has no names.
    """
    given, _ = fit({} if settings is None else settings)
    if not isinstance(given, dict):
        reason = f"takes names with values, not {type(settings).__name__}"
        raise InvalidEventError(ErrorCode.BAD_FIELD, reason, field="config")
    more, _ = fit(dict(named))
    flat: dict[str, Setting] = {}
    _add(flat, "", given)
    if isinstance(more, dict):
        _add(flat, "", more)
    return flat


def _add(flat: dict[str, Setting], prefix: str, values: dict[str, JsonValue]) -> None:
    for key, value in values.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, dict) and value:
            _add(flat, name, value)
        elif name:
            flat[short_name(name, MAX_NAME)] = _setting(name, value)


def _setting(name: str, value: JsonValue) -> Setting:
    if isinstance(value, dict | list):
        value = to_json(value).decode()
    if not isinstance(value, str):
        return value
    if _SECRET.search(name) and not _SETTING_OF_MODELS.search(name):
        return MASK
    return cut(value, MAX_TEXT)
