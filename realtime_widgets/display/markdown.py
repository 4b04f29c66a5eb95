"""Markdown of a message as HTML, in which no text of the message is markup.

The parser gives a tree, and only elements that this file lists are made of it: HTML in Markdown is
shown as text, an image as its description, and a link of another scheme as its text.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from realtime_widgets.display.markup import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mistune import Markdown

__all__ = ["markdown_html"]

MAX_MARKUP = 10_000
"""Characters of the HTML of one message."""

_URL = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+\Z", re.IGNORECASE)

_GAP = "margin:4px 0"
_OWN_DIRECTION = "unicode-bidi:plaintext"
_FAINT = "rgba(128,128,128,.15)"
_BORDERED = "padding:2px 8px;border:1px solid rgba(128,128,128,.4);text-align:left"
_BLOCK = (
    f"{_GAP};padding:4px 8px;border-radius:4px;background:{_FAINT};font-family:monospace;"
    "white-space:pre-wrap"
)

_ELEMENTS = {
    "paragraph": ("p", f"{_GAP};{_OWN_DIRECTION}"),
    "heading": ("p", f"{_GAP};font-weight:600;{_OWN_DIRECTION}"),
    "list_item": ("li", _OWN_DIRECTION),
    "block_quote": (
        "blockquote",
        f"{_GAP};padding-left:8px;border-left:3px solid rgba(128,128,128,.4)",
    ),
    "table": ("table", f"{_GAP};border-collapse:collapse"),
    "table_head": ("tr", ""),
    "table_row": ("tr", ""),
    "strong": ("strong", ""),
    "emphasis": ("em", ""),
    "strikethrough": ("s", ""),
}
"""The element of a kind of token, and its style."""

_EMPTY = {"softbreak": "<br>", "linebreak": "<br>", "thematic_break": "<hr>", "blank_line": ""}


def markdown_html(text: str) -> str | None:
    """Return the HTML of a Markdown text, without a line break.

    Args:
        text: Any text, of a bounded length.

    Returns:
        The HTML; None where it would be too long, or the text is nested too deep.
    """
    try:
        tree = _parser()(text)
        markup = _show(tree if isinstance(tree, list) else [])
    except RecursionError:
        return None
    return markup if len(markup) <= MAX_MARKUP else None


@cache
def _parser() -> Markdown:
    import mistune

    return mistune.create_markdown(renderer=None, plugins=["strikethrough", "table", "url"])


def _show(tokens: Sequence[dict[str, Any]]) -> str:
    return "".join(map(_element, tokens))


def _element(token: dict[str, Any]) -> str:
    kind = token["type"]
    if kind in _EMPTY:
        return _EMPTY[kind]
    if "children" not in token:
        raw = token.get("raw", "")
        return _CODE[kind](raw) if kind in _CODE else safe(raw)
    inner = _show(token["children"])
    if kind in _ELEMENTS:
        return _tag(*_ELEMENTS[kind], inner)
    return _WITH_ATTRIBUTES[kind](token["attrs"], inner) if kind in _WITH_ATTRIBUTES else inner


def _list(attributes: dict[str, Any], inner: str) -> str:
    name = "ol" if attributes["ordered"] else "ul"
    first = attributes.get("start", 1)
    start = f' start="{first:d}"' if isinstance(first, int) and first != 1 else ""
    return f'<{name}{start} style="{_GAP};padding-left:24px">{inner}</{name}>'


def _cell(attributes: dict[str, Any], inner: str) -> str:
    return _tag("th" if attributes["head"] else "td", _BORDERED, inner)


def _link(attributes: dict[str, Any], inner: str) -> str:
    if not _URL.match(attributes["url"]):
        return inner
    url = html.escape(attributes["url"])
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def _tag(name: str, style: str, inner: str) -> str:
    styled = f' style="{style}"' if style else ""
    return f"<{name}{styled}>{inner}</{name}>"


_CODE: dict[str, Callable[[str], str]] = {
    "codespan": lambda raw: _tag("code", f"background:{_FAINT}", safe(raw)),
    "block_code": lambda raw: _tag("pre", _BLOCK, safe(raw.rstrip())),
}
_WITH_ATTRIBUTES: dict[str, Callable[[dict[str, Any], str], str]] = {
    "list": _list,
    "table_cell": _cell,
    "link": _link,
    "image": lambda _, inner: f"[{inner}]",
}
