"""What a failed run publishes of its exception."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_widgets.client.publishing.failure import failure
from tests.client.reading import published

if TYPE_CHECKING:
    from collections.abc import Callable

    from realtime_widgets import Sprint

MAX_WORDS = 4_096
MAX_TEXT = 65_536


def raised(error: BaseException) -> BaseException:
    """The exception, with a traceback."""
    try:
        raise error  # noqa: TRY301 - where it is raised is its traceback
    except BaseException as caught:  # noqa: BLE001 - it is what is tested
        return caught


def noted(error: BaseException, *notes: str) -> BaseException:
    for note in notes:
        error.add_note(note)
    return error


def chained(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = raised(cause)
    return error


def handling(error: BaseException, context: BaseException) -> BaseException:
    error.__context__ = raised(context)
    return error


def unsayable(code: str) -> SyntaxError:
    try:
        compile(code, "agent.py", "exec")
    except SyntaxError as error:
        return error
    raise AssertionError(code)


class CustomError(Exception):
    """An exception of a separate module."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("bad batch"), ["ValueError: bad batch"]),
        (ValueError(), ["ValueError"]),
        (ValueError(""), ["ValueError"]),
        (KeyError("batch"), ["KeyError: 'batch'"]),
        (KeyError("no column\nof that name"), [r"KeyError: 'no column\nof that name'"]),
        (ValueError("first\nsecond"), ["ValueError: first", "second"]),
        (CustomError("x"), [f"{CustomError.__module__}.CustomError: x"]),
        (SystemExit(3), ["SystemExit: 3"]),
        (noted(ValueError("bad batch"), "shard 3"), ["ValueError: bad batch", "shard 3"]),
        (noted(ValueError("x"), "a\nb", "c"), ["ValueError: x", "a", "b", "c"]),
        (noted(ValueError(), ""), ["ValueError", ""]),
        (unsayable("x = = 1"), ["SyntaxError: invalid syntax"]),
        (
            noted(unsayable("x = = 1"), "by the agent"),
            ["SyntaxError: invalid syntax", "by the agent"],
        ),
        (
            unsayable("if x:\n\t1\n        2"),
            ["TabError: inconsistent use of tabs and spaces in indentation"],
        ),
        (SyntaxError("two\nlines"), ["SyntaxError: two", "lines"]),
        (chained(ValueError("x"), KeyError("y")), ["ValueError: x", "caused by KeyError: 'y'"]),
        (
            handling(ValueError("x"), KeyError("y")),
            ["ValueError: x", "while handling KeyError: 'y'"],
        ),
        (
            chained(ValueError("x"), chained(KeyError("y"), OSError("z"))),
            ["ValueError: x", "caused by KeyError: 'y'", "caused by OSError: z"],
        ),
        (
            chained(ValueError("x"), noted(KeyError("y"), "a note of the cause")),
            ["ValueError: x", "caused by KeyError: 'y'"],
        ),
        (
            ExceptionGroup("training failed", [ValueError("bad"), KeyError("k"), OSError("disk")]),
            [
                "ExceptionGroup: training failed (3 sub-exceptions)",
                "- ValueError: bad",
                "- KeyError: 'k'",
                "- OSError: disk",
            ],
        ),
        (
            ExceptionGroup("outer", [ExceptionGroup("inner", [ValueError("a")]), KeyError("b")]),
            [
                "ExceptionGroup: outer (2 sub-exceptions)",
                "- ValueError: a",
                "- KeyError: 'b'",
            ],
        ),
        (
            noted(ExceptionGroup("many", [ValueError(n) for n in range(1_200)]), "a note"),
            [
                "ExceptionGroup: many (1200 sub-exceptions)",
                "a note",
                *(f"- ValueError: {n}" for n in range(5)),
                "- and 1,195 more",
            ],
        ),
    ],
)
def test_b7_the_words_begin_with_the_exceptions_own_line(
    error: BaseException, words: list[str]
) -> None:
    assert failure(raised(error))[0].split("\n") == words


def test_b7_what_is_suppressed_with_from_none_is_not_in_the_words() -> None:
    error = handling(ValueError("x"), KeyError("y"))
    error.__suppress_context__ = True

    assert failure(raised(error))[0] == "ValueError: x"


def test_b7_a_failed_run_has_the_exception_first_and_its_note_after_it(sprint: Sprint) -> None:
    with pytest.raises(ValueError, match="bad batch"), sprint:
        raise noted(ValueError("bad batch"), "while reading shard 3")

    *_, trace, status = published(sprint)
    assert status["message"] == "ValueError: bad batch\nwhile reading shard 3"
    assert trace["message"].endswith("ValueError: bad batch\nwhile reading shard 3")


def test_b7_the_traceback_has_the_chain_and_the_group() -> None:
    group = ExceptionGroup("training failed", [raised(ValueError("bad")), KeyError("k")])

    text = failure(raised(chained(group, OSError("disk"))))[1]

    assert text.startswith("Traceback (most recent call last):")
    assert text.index("OSError: disk") < text.index("training failed") < text.index("bad")
    assert "direct cause" in text
    assert text.count("in raised") == 3


class RaisingStrError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class ExitingStrError(Exception):
    def __str__(self) -> str:
        raise SystemExit


class RecursiveStrError(Exception):
    def __str__(self) -> str:
        return str(self)


class NumberStrError(Exception):
    def __str__(self) -> str:
        return 5  # type: ignore[return-value]  # noqa: PLE0307 - that is the point


class SubclassOfText(str):
    __slots__ = ()

    def __len__(self) -> int:
        raise RuntimeError

    def __getitem__(self, _: Any) -> str:
        raise RuntimeError


class StrangeStrError(Exception):
    def __str__(self) -> str:
        return SubclassOfText("strange")


class RaisingBoolError(Exception):
    def __bool__(self) -> bool:
        raise RuntimeError


class RaisingNotesError(Exception):
    @property
    def __notes__(self) -> list[str]:
        raise KeyboardInterrupt


class LyingClassError(Exception):
    @property
    def __class__(self) -> Any:
        raise RuntimeError

    @__class__.setter
    def __class__(self, _: type) -> None:
        pass


class WithoutAName(type):
    def __getattribute__(cls, name: str) -> Any:
        if name in {"__name__", "__qualname__", "__module__"}:
            raise RuntimeError
        return super().__getattribute__(name)


def nameless() -> Exception:
    class NamelessError(Exception, metaclass=WithoutAName):
        pass

    return NamelessError("why")


class NumberModuleError(Exception):
    __module__ = 5  # type: ignore[assignment]


class BrokenCauseError(Exception):
    @property
    def __cause__(self) -> Any:
        return "no exception"


def with_notes(notes: Any) -> Exception:
    error = Exception("x")
    error.__notes__ = notes
    return error


def broken_syntax() -> SyntaxError:
    error = SyntaxError("x", ("f.py", 1, 1, "text", 1, 2))
    error.text = 5  # type: ignore[assignment]
    error.offset = "y"  # type: ignore[assignment]
    error.msg = object()  # type: ignore[assignment]
    return error


def long_chain() -> Exception:
    error = Exception("first")
    for n in range(20_000):
        following = Exception(str(n))
        following.__context__ = error
        error = following
    return error


def ring() -> Exception:
    first, second = Exception("first"), Exception("second")
    first.__cause__, second.__cause__ = second, first
    return first


def deep_group() -> BaseException:
    error: BaseException = Exception("x")
    for _ in range(3_000):
        error = BaseExceptionGroup("g", [error])
    return error


def deep_recursion() -> BaseException:
    def one(n: int) -> None:
        other(n)

    def other(n: int) -> None:
        if n == 0:
            raise ValueError("the end")
        one(n - 1)

    try:
        one(300)
    except ValueError as error:
        return error
    raise AssertionError


HOSTILE: list[Callable[[], BaseException]] = [
    RaisingStrError,
    ExitingStrError,
    RecursiveStrError,
    NumberStrError,
    StrangeStrError,
    RaisingBoolError,
    RaisingNotesError,
    LyingClassError,
    nameless,
    NumberModuleError,
    BrokenCauseError,
    broken_syntax,
    long_chain,
    ring,
    deep_group,
    deep_recursion,
    lambda: with_notes(None),
    lambda: with_notes(5),
    lambda: with_notes("note"),
    lambda: with_notes([5, None, RaisingStrError(), object()]),
    lambda: with_notes(["x"] * 100_000),
    lambda: with_notes({"not": "a sequence"}),
    lambda: Exception("x" * 10_000_000),
    lambda: Exception("x\n" * 1_000_000),
    lambda: Exception("\ud800\x00\x1b[31m"),
    lambda: noted(Exception("x"), "y" * 1_000_000),
    lambda: chained(Exception("x" * 5_000), Exception("y" * 5_000)),
    lambda: ExceptionGroup("g", [ValueError("x" * 10_000)] * 100),
    lambda: ExceptionGroup("g", [ValueError(n) for n in range(100_000)]),
    lambda: ExceptionGroup("g", [RaisingStrError(), RaisingNotesError()]),
    lambda: chained(ValueError("x"), RaisingStrError()),
    lambda: UnicodeDecodeError("utf-8", b"\xff" * 100, 0, 1, "bad"),
]


@pytest.mark.parametrize("make", HOSTILE)
def test_b7_no_exception_is_too_strange_or_too_large(make: Callable[[], BaseException]) -> None:
    words, text = failure(raised(make()))

    assert 0 < len(words) <= MAX_WORDS
    assert 0 < len(text) <= MAX_TEXT
    assert {type(words), type(text)} == {str}


def test_b7_an_exception_that_cannot_be_shown_still_has_its_name() -> None:
    assert failure(raised(RaisingNotesError("why")))[0] == "RaisingNotesError: why"
    assert failure(raised(nameless()))[0] == "NamelessError: why"
    assert "RaisingStrError" in failure(raised(RaisingStrError()))[0]


def test_b7_a_chain_that_is_too_long_keeps_its_last_exception_and_its_calls() -> None:
    words, text = failure(raised(long_chain()))

    assert words == "Exception: 19999"
    assert "in raised" in text
    assert text.endswith("Exception: 19999")


def test_b7_a_deep_stack_keeps_its_beginning_and_its_end() -> None:
    text = failure(deep_recursion())[1]

    assert "in deep_recursion" in text
    assert "more calls]" in text
    assert text.endswith("ValueError: the end")
    assert len(text.splitlines()) < 200


def test_b7_a_huge_traceback_keeps_its_end_which_is_the_error() -> None:
    text = failure(raised(noted(ValueError("x" * 200_000), "the last words")))[1]

    assert text.startswith("Traceback")
    assert "more characters]" in text
    assert text.endswith("the last words")


exceptions = st.recursive(
    st.builds(
        lambda kind, args: kind(*args),
        st.sampled_from([ValueError, KeyError, OSError]),
        st.lists(st.text(), max_size=3),
    ),
    lambda inner: st.one_of(
        st.builds(chained, inner, inner),
        st.builds(handling, inner, inner),
        st.builds(noted, inner, st.text()),
        st.builds(ExceptionGroup, st.text(), st.lists(inner, min_size=1, max_size=4)),
    ),
    max_leaves=12,
)


@given(exceptions)
def test_b7_words_and_traceback_are_bounded_and_begin_with_the_type(error: BaseException) -> None:
    words, text = failure(raised(error))

    assert words.startswith(type(error).__name__)
    assert len(words) <= MAX_WORDS
    assert len(text) <= MAX_TEXT


def test_b16_calls_within_this_package_are_not_shown(sprint: Sprint) -> None:
    def rows() -> Any:
        yield 1
        yield json.loads("{")

    with pytest.raises(json.JSONDecodeError), sprint:
        list(sprint.track(rows(), "train"))

    trace = published(sprint)[-2]["message"]
    assert "in rows" in trace
    assert "test_failure.py" in trace
    assert "in track" not in trace


def test_b16_an_error_of_a_wrong_call_is_shown_where_it_was_called(sprint: Sprint) -> None:
    with pytest.raises(TypeError), sprint:
        sprint.progress("train")  # type: ignore[call-arg]

    trace = published(sprint)[-2]["message"]
    assert "sprint.progress" in trace
    assert str(sys.modules["realtime_widgets"].__file__).removesuffix("__init__.py") not in trace
