"""Traits made from the fields of dataclasses of settings (`realtime_widgets.settings`)."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from traitlets import Float, HasTraits, Int, TraitType, Unicode

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Settings"]

_Made = TypeVar("_Made", bound="DataclassInstance")


class Settings(Generic[_Made]):
    """The settings that one dataclass has.

    Args:
        made: The dataclass; each of its fields is made by `setting`.
        names: Names of traits that differ from those of their fields, by the field.
    """

    def __init__(self, made: type[_Made], **names: str) -> None:
        self._made = made
        self._trait_of = {each.name: names.get(each.name, each.name) for each in fields(made)}

    def traits(self) -> dict[str, TraitType[Any, Any]]:
        """Return a configurable trait for each field, by the name of the trait."""
        made: dict[str, TraitType[Any, Any]] = {}
        for each in fields(self._made):
            text, least = each.metadata["text"], each.metadata["least"]
            trait: TraitType[Any, Any]
            if isinstance(each.default, str):
                trait = Unicode(each.default, help=text)
            else:
                kind: type[Any] = Int if isinstance(each.default, int) else Float
                trait = kind(each.default, min=least, help=text)
            made[self._trait_of[each.name]] = trait.tag(config=True)
        return made

    def value(self, owner: HasTraits) -> _Made:
        """Return the dataclass with the values that the traits of `owner` have now."""
        return self._made(**{name: getattr(owner, trait) for name, trait in self._trait_of.items()})
