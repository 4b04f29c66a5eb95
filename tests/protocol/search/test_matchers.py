"""A text or a regular expression is found in a line."""

from __future__ import annotations

import sys
import time

import pytest

from realtime_widgets.errors import InvalidSearchError
from realtime_widgets.protocol.search.folding import FOLDED_TO_ASCII, fold
from realtime_widgets.protocol.search.matchers import matcher_of
from realtime_widgets.protocol.search.query import SearchQuery

LONE_SURROGATES = range(0xD800, 0xE000)
MAX_LINE = "ab" * 32_768


def found(text: str, line: str, options: str = "") -> str | None:
    """What is found in a line; options: c for case, w for word, r for a regular expression."""
    query = SearchQuery(text=text, case="c" in options, word="w" in options, regex="r" in options)
    matcher = matcher_of(query)
    span = matcher.find(line)
    assert span is None or matcher.may_match(f"before\n{line}\nafter")
    return None if span is None else line[span.start : span.end]


@pytest.mark.parametrize(
    ("text", "line", "options", "expected"),
    [
        ("loss", "train loss", "", "loss"),
        ("loss", "train LOSS", "", "LOSS"),
        ("loss", "train LOSS", "c", None),
        ("LOSS", "train loss", "", "loss"),
        ("a.c", "abc", "", None),
        ("straße", "STRASSE", "", None),
        ("ÉTÉ", "un été", "", "été"),
        ("i", "\u0130stanbul", "", "\u0130"),
        ("273 k", "273 \u212a", "", "273 \u212a"),
        ("\u03b4\u03c2", "a \u0394\u03a3 b", "", "\u0394\u03a3"),
        ("\u0394\u03a3", "\u03b4\u03c3", "", "\u03b4\u03c3"),
        ("b", "\u0130\u0130b", "", "b"),
        ("loss", "a loss!", "w", "loss"),
        ("loss", "losses", "w", None),
        ("loss", "val_loss", "w", None),
        ("loss", "losses of a loss", "w", "loss"),
        ("loss", "éloss", "w", None),
        ("loss", "loss2", "w", None),
        ("loss", "loss", "w", "loss"),
        (":", "a:b", "w", None),
        (":", "a : b", "w", ":"),
        (r"l.ss", "train LoSS", "r", "LoSS"),
        (r"l.ss", "train LoSS", "cr", None),
        (r"^\d+", "12 monkeys", "r", "12"),
        (r"^\d+", "no 12", "r", None),
        (r"\Ax", "x", "r", "x"),
        (r"x\z", "x", "r", "x"),
        (r"(?-m)^x$", "x", "r", "x"),
        (r"\d+$", "no 12", "r", "12"),
        (r"é.b", "aéxb", "r", "éxb"),
        (r"\pL+", "😀 déjà", "r", "déjà"),
        (r"a|b", "xb", "wr", None),
        (r"a|b", "x b", "wr", "b"),
        (r"x*", "abc", "r", ""),
        (r"a\nb", "a", "r", None),
    ],
)
def test_a_line_matches_by_the_rules_of_the_protocol(
    text: str, line: str, options: str, expected: str | None
) -> None:
    assert found(text, line, options) == expected


@pytest.mark.parametrize(
    "pattern", ["(", "[", "a**", r"(a)\1", "(?<=a)b", "(?=a)", r"\Ea", "a{1001}"]
)
def test_what_is_no_regular_expression_of_re2_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(InvalidSearchError, match="not a regular expression of RE2: ") as refused:
        matcher_of(SearchQuery(text=pattern, regex=True))

    assert refused.value.field == "text"


def test_brackets_of_a_regular_expression_are_its_own_where_words_are_searched() -> None:
    with pytest.raises(InvalidSearchError, match="unexpected \\)"):
        matcher_of(SearchQuery(text="a)|(?:b", regex=True, word=True))


def test_a_regular_expression_that_compiles_to_too_much_is_refused_with_the_limit() -> None:
    with pytest.raises(InvalidSearchError, match="instructions, at most 5,000 are allowed"):
        matcher_of(SearchQuery(text=r"(.{1,100}){1,10}z", regex=True))
    with pytest.raises(InvalidSearchError, match="pattern too large"):
        matcher_of(SearchQuery(text=r"((\pL{10}){10}){9}", regex=True))


@pytest.mark.parametrize("pattern", ["(a*)*c", "(a|b|ab)*c", "(a|b)*a(a|b){900}c", "(.*)*x"])
def test_a_regular_expression_takes_no_exponential_time(pattern: str) -> None:
    before = time.process_time()

    assert found(pattern, MAX_LINE, "r") is None

    # The worst takes a third of a second; one that backtracks would take years.
    assert time.process_time() - before < 10


def test_a_word_is_looked_for_in_time_that_grows_with_the_line() -> None:
    before = time.process_time()

    assert found("a" * 1_000, "a" * 65_536, "w") is None

    assert time.process_time() - before < 10


def test_without_re2_a_regular_expression_is_refused_and_a_text_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)

    with pytest.raises(InvalidSearchError, match="need the package google-re2") as refused:
        matcher_of(SearchQuery(text="a", regex=True))

    assert refused.value.field == "regex"
    assert found("a", "cab") == "a"


def test_letters_are_folded_one_by_one() -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1) if code not in LONE_SURROGATES]
    folded = {character: fold(character) for character in characters}

    assert {len(one) for one in folded.values()} == {1}
    assert fold("".join(characters)) == "".join(folded.values())
    to_ascii = {one: to for one, to in folded.items() if to.isascii() and not one.isascii()}
    assert to_ascii == FOLDED_TO_ASCII
