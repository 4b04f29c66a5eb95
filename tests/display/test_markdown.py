"""Markdown of a message as HTML, of which no part comes from the message but text and links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.display.markdown import MAX_MARKUP, markdown_html

TAGS = {"p", "br", "hr", "ul", "ol", "li", "pre", "code", "blockquote", "table", "tr", "th", "td"}
TAGS |= {"strong", "em", "s", "a"}
PIECES = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</div>", "<!--", "&lt;b&gt;"),
    *("[a](javascript:alert(1))", "[a](https://x/\"onclick='y')", "![i](data:x)", "<http://x>"),
    *("[a]: javascript:x", "[a]", "**", "_", "`", "```\n", "~~", "> ", "- ", "1. ", "# ", "\n"),
    *("|a|b|\n|-|-|\n|c|d|\n", "    ", "\\", "'", '"', "http://x", "MAILTO:a@b", "\u202e", "x"),
]


class Page(HTMLParser):
    """What a browser would see of an HTML text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


def shown(text: str) -> str:
    """Return the HTML without styles, which are those of this package."""
    return re.sub(r' style="[^"]*"', "", markdown_html(text) or "None")


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("**a** *b* ~~c~~ `d<e`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d&lt;e</code>"),
        ("one\ntwo", "one<br>two"),
        ("[a](https://x.org/?a=1&b=2)", '<a href="https://x.org/?a=1&amp;b=2" REST>a</a>'),
        ("see http://x.org.", 'see <a href="http://x.org" REST>http://x.org</a>.'),
        ("<b>a</b>", "&lt;b&gt;a&lt;/b&gt;"),
        ("![a picture](https://x.org/a.png)", "[a picture]"),
    ],
)
def test_text_has_its_emphasis_code_and_links_and_no_html_and_no_image(
    text: str, markup: str
) -> None:
    rest = 'target="_blank" rel="noopener noreferrer"'

    assert shown(text) == f"<p>{markup.replace('REST', rest)}</p>"


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("# Title\n\ntext", "<p>Title</p><p>text</p>"),
        ("- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("> a", "<blockquote><p>a</p></blockquote>"),
        ("```py\na\n\nb\n```", "<pre>a<br><br>b</pre>"),
        ("```py\nstill open", "<pre>still open</pre>"),
        ("|a|\n|-|\n|b|", "<table><tr><th>a</th></tr><tr><td>b</td></tr></table>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("<div>a</div>", "&lt;div&gt;a&lt;/div&gt;<br>"),
    ],
)
def test_blocks_are_elements(text: str, markup: str) -> None:
    assert shown(text) == markup


@pytest.mark.parametrize(
    "url",
    [
        "javascript:x",
        "JavaScript:x",
        "&#106;avascript:x",
        "data:text/html,x",
        "//x",
        "x",
        "file:/x",
    ],
)
def test_a_link_of_another_scheme_is_its_text(url: str) -> None:
    assert shown(f"[text]({url})") == "<p>text</p>"


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_no_text_becomes_markup(text: str) -> None:
    markup = markdown_html(text)

    page = Page(markup or "")
    assert page.tags <= TAGS
    assert set(page.attributes) <= {"style", "start", "href", "target", "rel"}
    for url in page.attributes.get("href", ()):
        assert url.lower().startswith(("http://", "https://", "mailto:"))
    assert not re.search(r"[\n\r]", markup or "")


@pytest.mark.parametrize("text", ["> - " * 500, "|a" * 1_000 + "\n" + "|-" * 1_000, "- a\n" * 500])
def test_what_is_nested_too_deep_or_would_be_too_long_is_bounded(text: str) -> None:
    assert len(markdown_html(text) or "") <= MAX_MARKUP


def test_a_text_whose_html_would_be_too_long_has_none() -> None:
    assert markdown_html("- a\n" * 2_000) is None
