"""Forms made from pydantic models, and whether answers fit them."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel, Field

from realtime_widgets import InvalidEventError
from realtime_widgets.client.publishing.receiving.form_schema import form_of, heading_of
from realtime_widgets.client.publishing.receiving.question import AskedQuestion
from realtime_widgets.protocol.filled_form import check_filled
from realtime_widgets.protocol.forms import MAX_FIELDS, check_form

if TYPE_CHECKING:
    from pydantic import JsonValue


class Speed(Enum):
    """How fast."""

    SLOW = "slow"
    FAST = "fast"


class Place(BaseModel):
    """One of our sites."""

    city: str = Field(min_length=2, description="Its name")
    floor: int | None
    speed: Speed = Speed.SLOW


class Order(BaseModel):
    """What to order?"""

    tags: list[str] = Field(default=[], max_length=2)
    kinds: set[Literal["a", "b"]] = set()
    share: float = Field(default=0.5, gt=0, lt=1)
    day: date | None
    place: Place
    other_place: Place | None = None


FORM = form_of(Order)


def test_a_model_becomes_a_form_with_sections_and_lists() -> None:
    place = FORM["properties"]["place"]

    assert heading_of(Order) == "What to order?"
    assert FORM["required"] == ["place"]
    assert FORM["properties"]["kinds"]["items"] == {"type": "string", "enum": ["a", "b"]}
    assert FORM["properties"]["day"]["format"] == "date"
    assert place["title"] == "Place"
    assert place["description"] == "One of our sites."
    assert place["properties"]["city"] == {
        "type": "string",
        "title": "City",
        "description": "Its name",
        "minLength": 2,
    }
    assert place["properties"]["speed"]["title"] == "Speed"
    assert FORM["properties"]["other_place"]["title"] == "Other place"


def test_an_answer_comes_back_as_an_instance_with_its_sections() -> None:
    value: JsonValue = {
        "tags": ["x"],
        "kinds": ["b"],
        "day": "2026-11-30",
        "place": {"city": "Bonn", "speed": "fast"},
    }
    check_filled(FORM, value)

    read = AskedQuestion.of(Order).read(value)

    place = Place(city="Bonn", floor=None, speed=Speed.FAST)
    assert read == Order(tags=["x"], kinds={"b"}, day=date(2026, 11, 30), place=place)


def test_a_field_without_an_answer_that_may_be_null_is_none() -> None:
    read = AskedQuestion.of(Order).read({"place": {"city": "Bonn"}})

    assert (read.day, read.place.floor, read.other_place) == (None, None, None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, r"value\.place: is missing"),
        ({"place": "Bonn"}, r"value\.place: is not an object"),
        ({"place": {}}, r"value\.place\.city: is missing"),
        ({"place": {"city": "B"}}, r"value\.place\.city \(characters\): is below 2"),
        ({"place": {"city": "Bonn", "x": 1}}, r"value\.place\.x: is no field"),
        ({"place": {"city": "Bonn", "floor": "1"}}, r"value\.place\.floor: is not a whole number"),
        ({"place": {"city": "Bonn"}, "tags": "x"}, r"value\.tags: is not a list of texts"),
        ({"place": {"city": "Bonn"}, "tags": ["x", 1]}, r"value\.tags\.1: is not a text"),
        ({"place": {"city": "Bonn"}, "tags": ["x"] * 3}, r"value\.tags \(texts\): is above 2"),
        ({"place": {"city": "Bonn"}, "kinds": ["c"]}, r"value\.kinds\.0: is none of the values"),
        ({"place": {"city": "Bonn"}, "kinds": ["a"] * 101}, r"kinds \(texts\): is above 100"),
        ({"place": {"city": "Bonn"}, "share": 0}, r"value\.share: is not above 0"),
        ({"place": {"city": "Bonn"}, "share": 1.0}, r"value\.share: is not below 1"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_its_field(
    value: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidEventError, match=words):
        check_filled(FORM, value)


def test_models_in_models_in_models_are_refused() -> None:
    class Outer(BaseModel):
        order: Order

    with pytest.raises(InvalidEventError, match=r"order\.place: is of a type that a form does not"):
        form_of(Outer)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"type": "array", "items": {"type": "integer"}}, r"form\.properties\.a\.items\.type"),
        (
            {"type": "object", "properties": {"b": {"type": "object"}}},
            r"form\.properties\.a\.properties\.b\.type",
        ),
        (
            {
                "type": "object",
                "properties": {f"f{n}": {"type": "string"} for n in range(MAX_FIELDS + 1)},
            },
            r"form\.properties: has 31 fields, 30 are allowed",
        ),
    ],
)
def test_a_form_that_no_page_can_draw_is_refused_with_its_field(
    part: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidEventError, match=words):
        check_form({"type": "object", "properties": {"a": part}})


def test_a_form_of_10_mb_is_refused_with_its_size() -> None:
    form: dict[str, JsonValue] = {"type": "object", "properties": {"a": "x" * 10_000_000}}

    with pytest.raises(InvalidEventError, match=r"form: is 10,000,0\d\d bytes") as refused:
        check_form(form)
    assert refused.value.code == "too_large"
