"""Numbers and times in words, for users.

The rules are those of the live view, `frontend/src/ui/format.ts`; `tests/vectors/format.json` holds
both to them.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["amount", "count", "done", "duration", "number", "rate", "share", "short", "span"]

DIGITS = 3
"""Significant digits of what is below 1, and of what is scaled."""

SMALLEST = Decimal("1e-6")
"""Below it a number is written with an exponent."""

BYTES = ("B", "kB", "MB", "GB", "TB", "PB")
"""Powers of 1,000, as disks and downloads have them."""

THOUSANDS = ("", "k", "M", "G", "T", "P")
"""Powers of 1,000 of what is counted."""

BYTE_UNITS = frozenset({"B", "byte", "bytes"})


def number(value: float) -> str:
    """Write a number: `1,234,567`, `12.35`, `0.00123`, `1.23e-7`."""
    # Of the shortest digits that mean this number, as browsers round.
    exact = Decimal(repr(value))
    if abs(exact) >= 1:
        return _plain(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    rounded = _significant(exact)
    if rounded and abs(rounded) < SMALLEST:
        power = rounded.adjusted()
        return f"{_plain(rounded.scaleb(-power))}e{power}"
    return _plain(rounded)


def count(value: int, noun: str) -> str:
    """Write how many there are: `1 line`, `2 lines`."""
    return f"{number(value)} {noun}{'' if value == 1 else 's'}"


def short(value: float) -> str:
    """Write a large count with three digits: `600`, `12.4k`, `1.23M`."""
    return "".join(_scaled(value, THOUSANDS))


def amount(current: float, total: float | None, unit: str | None) -> str:
    """Write how much is done: `934/1,500 batch`, `48.3 MB/1.2 GB`."""
    if unit in BYTE_UNITS:
        return _bytes(current) if total is None else f"{_bytes(current)}/{_bytes(total)}"
    done = number(current) if total is None else f"{number(current)}/{number(total)}"
    return f"{done} {unit}" if unit else done


def done(current: float, total: float | None) -> float | None:
    """Return how much of a task is done, 0 to 1; None where no total is known."""
    return min(1.0, max(0.0, current / total)) if total is not None and total > 0 else None


def rate(per_second: float, unit: str | None) -> str:
    """Write how fast it goes: `1,235/s`, `2.35/s`, `25 s/it`, `3 min 20 s/it`, `4.2 MB/s`."""
    if unit in BYTE_UNITS:
        return f"{_bytes(per_second)}/s"
    if per_second >= 1:
        return f"{_rounded(per_second)}/s"
    each = 1 / per_second
    return f"{_rounded(each)} s/it" if each < MINUTE else f"{duration(each)}/it"


def duration(seconds: float) -> str:
    """Write how long something has taken: `42 s`, `3 min 07 s`, `2 h 05 min`."""
    whole = max(int(seconds), 0)
    if whole < MINUTE:
        return f"{whole} s"
    minutes, rest = divmod(whole, MINUTE)
    if minutes < MINUTE:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, MINUTE)
    return f"{number(hours)} h {minutes:02} min"


def span(seconds: float) -> str:
    """Write how long something took: `<0.1 s`, `1.4 s`, and then as `duration` does."""
    tenths = int(max(seconds, 0) * 10)
    if not tenths:
        return "<0.1 s"
    return f"{tenths / 10:.1f} s" if tenths < MANY_TENTHS else duration(seconds)


def share(done: float) -> str:
    """Write how much is done, of 0 to 1, in percent: `62%`."""
    return f"{int(done * 100 + 1e-9)}%"  # 29 of 100 is a little less than 0.29


MINUTE = 60
MANY_TENTHS = 100


def _bytes(value: float) -> str:
    return " ".join(_scaled(value, BYTES))


def _scaled(value: float, units: Sequence[str]) -> tuple[str, str]:
    scaled, power = Decimal(repr(value)), 0
    # What would be rounded to 1,000 of a unit is 1 of the next.
    while power < len(units) - 1 and abs(_significant(scaled)) >= 1000:  # noqa: PLR2004
        scaled, power = scaled / 1000, power + 1
    return _plain(_significant(scaled)), units[power]


def _rounded(value: float) -> str:
    """Write a number of at least 1 with three digits, or without a fraction."""
    exact = Decimal(repr(value))
    whole = exact.quantize(Decimal(1), ROUND_HALF_UP)
    return _plain(whole if len(whole.as_tuple().digits) >= DIGITS else _significant(exact))


def _significant(exact: Decimal) -> Decimal:
    if not exact:
        return exact
    last = exact.adjusted() - DIGITS + 1
    return exact.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    """Write a number as it is, without zeros at its end and with commas."""
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").removesuffix(".")
    return "0" if text in {"-0", ""} else text
