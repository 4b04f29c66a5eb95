"""Marks for characters that cannot be seen, or that change the order of those around them.

Without marks a prompt can read "rm -rf tmp/ ?" and mean something else, and two names that look
alike can differ. The rule is that of the live view (`terminal/hidden.ts`), which gives its reasons;
`tests/vectors/hidden.json` holds both to it.
"""

from __future__ import annotations

import re

__all__ = ["mark_hidden"]

_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_PICTURE = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)

# Letters whose shape a joiner changes: of Arabic and its relatives, of India, Burma and Cambodia.
_SHAPED = "\u0620-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"

_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_ENGLAND = "\U000e0065\U000e006e\U000e0067"
_SCOTLAND = "\U000e0073\U000e0063\U000e0074"
_WALES = "\U000e0077\U000e006c\U000e0073"

_NEEDED = (
    f"(?<=[{_PICTURE}\ufe0f])\u200d(?=[{_PICTURE}])",
    f"(?<=[{_PICTURE}])[\ufe0e\ufe0f]",
    "(?<=[#*0-9])\ufe0f(?=\u20e3)",
    f"(?<=\U0001f3f4)\U000e0067\U000e0062(?:{_ENGLAND}|{_SCOTLAND}|{_WALES})\U000e007f",
    f"(?<=[{_SHAPED}])[\u200c\u200d](?=[{_SHAPED}])",
    f"(?<=[{_IDEOGRAPH}])[\ufe00-\ufe02\U000e0100-\U000e01ef]",
    "(?<=[\u1820-\u18aa])[\u180b-\u180f]",
)
_NEEDED_OR_HIDDEN = re.compile("|".join(_NEEDED) + rf"|(?P<hidden>[{_HIDDEN}])(?P=hidden)*")


def mark_hidden(text: str) -> str:
    """Return the text with marks such as `<U+202E>` in place of hidden characters."""
    return _NEEDED_OR_HIDDEN.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    hidden = match["hidden"]
    if hidden is None:
        return match.group()
    count = len(match.group())
    return f"<U+{ord(hidden):04X} \u00d7{count}>" if count > 1 else f"<U+{ord(hidden):04X}>"
