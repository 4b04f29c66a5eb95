"""What a question answers: tables, plots and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """Figures of one kind; the first column names what they are of."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Plot:
    """A picture of an answer: horizontal bars, or lines where `x` is given.

    Attributes:
        name: Of the file, `bench-NAME.svg`.
        title: What it shows.
        unit: Of the values.
        series: Values by label; a bar is a series of one.
        x: Where the values of lines stand.
        x_title: What that is.
        is_less_better: Written in the picture.
    """

    name: str
    title: str
    unit: str
    series: dict[str, Sequence[float | None]]
    x: Sequence[float] = ()
    x_title: str = ""
    is_less_better: bool = True


@dataclass(frozen=True)
class Answer:
    """What is known about one question after a round.

    Attributes:
        name: Of the question, as on the command line.
        title: The question.
        tables: The figures.
        plots: Pictures of them.
        notes: What a reader has to know to judge them.
    """

    name: str
    title: str
    tables: Sequence[Table]
    plots: Sequence[Plot] = ()
    notes: Sequence[str] = field(default_factory=tuple)


def number(value: float) -> str:
    """Format a number with three significant digits, and at most three decimals."""
    if value == 0:
        return "0"
    size = abs(value)
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if size >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"
