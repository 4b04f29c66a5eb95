"""What is typed in a terminal to answer a question: item by item, each read as a value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from realtime_widgets.protocol.filled_form import check_field
from realtime_widgets.protocol.forms import FormPart, read_form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import JsonValue

    from realtime_widgets.protocol.forms import FormField

__all__ = ["Item", "answer_of", "items_of"]

_BOOLEANS = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}


@dataclass(frozen=True)
class Item:
    """One line that is typed: a text, a choice, or a field of a form.

    Attributes:
        label: What stands before it.
        path: The names of the field and of its section; none for a question without a form.
        options: The possible values, None for any.
        default: The value of an empty line; None where it has none.
        field: The field, None for a question without a form.
        is_required: Whether an empty line is refused, where it has no default.
    """

    label: str
    path: tuple[str, ...] = ()
    options: Sequence[str | int | float] | None = None
    default: JsonValue = None
    field: FormPart | FormField | None = None
    is_required: bool = True

    def read(self, typed: str) -> JsonValue:
        """Return the value of a line, None for a field that is left out.

        Raises:
            ValueError: It does not fit, also as `InvalidEventError`; the words are for the user.
        """
        typed = typed.strip()
        if not typed:
            if self.default is None and self.is_required:
                msg = "an answer is needed"
                raise ValueError(msg)
            return self.default
        if self.field is not None and self.field.type == "array":
            value: JsonValue = [part.strip() for part in typed.split(",") if part.strip()]
        elif self.options is not None:
            value = _chosen(self.options, typed)
        else:
            value = _converted(self.field.type if self.field else "string", typed)
        if self.field is not None:
            check_field(self.field, value, self.label)
        return value


def items_of(question: Mapping[str, Any]) -> list[Item]:
    """Return what is to be typed to answer a question, from the fields of its event."""
    form, choices = question.get("form"), question.get("choices")
    default = question.get("default")
    if form is None:
        return [Item("answer", options=choices, default=default)]
    known = read_form(form)
    given = default if isinstance(default, dict) else {}
    return list(_items(known.properties, known.required, (), given))


def _items(
    fields: Mapping[str, FormPart] | Mapping[str, FormField],
    required: Sequence[str],
    path: tuple[str, ...],
    given: Mapping[str, Any],
) -> Iterator[Item]:
    for name, field in fields.items():
        default = given.get(name, field.default)
        if isinstance(field, FormPart) and field.type == "object":
            inner = default if isinstance(default, dict) else {}
            needed = field.required if name in required else []
            yield from _items(field.properties, needed, (*path, name), inner)
            continue
        label = ": ".join(filter(None, (field.title or name, field.description)))
        options = field.items.enum if field.items else field.enum
        yield Item(label, (*path, name), options, default, field, is_required=name in required)


def answer_of(values: Mapping[tuple[str, ...], JsonValue]) -> JsonValue:
    """Return the answer that consists of the values at these paths."""
    if () in values:
        return values[()]
    answer: dict[str, JsonValue] = {}
    for (*sections, name), value in values.items():
        inside = answer
        for section in sections:
            found = inside.setdefault(section, {})
            assert isinstance(found, dict), "a section has no value"  # noqa: S101 - narrows the type
            inside = found
        inside[name] = value
    return answer


def _chosen(options: Sequence[str | int | float], typed: str) -> str | int | float:
    """Return the option that was typed, or whose number was; the text counts before the number."""
    for option in options:
        if str(option).casefold() == typed.casefold():
            return option
    if typed.isascii() and typed.isdigit() and 1 <= int(typed[:4]) <= len(options):
        return options[int(typed[:4]) - 1]
    msg = f"is none of {', '.join(map(str, options))}"
    raise ValueError(msg)


def _converted(kind: str, typed: str) -> JsonValue:
    if kind == "boolean":
        if typed.casefold() not in _BOOLEANS:
            msg = "is not yes or no"
            raise ValueError(msg)
        return _BOOLEANS[typed.casefold()]
    if kind in ("integer", "number"):
        try:
            number = int(typed) if kind == "integer" else float(typed)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            msg = "is not a whole number" if kind == "integer" else "is not a number"
            raise ValueError(msg)
        return number
    return typed
