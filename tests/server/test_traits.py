"""Traits made from dataclasses of settings."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from traitlets import TraitError
from traitlets.config import Configurable

from realtime_widgets.hub import RetentionPolicy, RunRetention
from realtime_widgets.protocol.limits import Limits
from realtime_widgets_server import RealtimeWidgets
from realtime_widgets_server.traits import Settings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RETENTION = Settings(RunRetention, events="history_events", size_bytes="history_bytes")


class Owner(Configurable):
    locals().update(RETENTION.traits())


def test_each_field_is_a_configurable_trait_with_its_default_and_help() -> None:
    traits = Owner.class_own_traits(config=True)

    assert {name: trait.default_value for name, trait in traits.items()} == {
        "history_events": RunRetention().events,
        "history_bytes": RunRetention().size_bytes,
        "blobs_bytes": RunRetention().blobs_bytes,
    }
    assert traits["history_events"].help.startswith("Maximum number of events stored per run")


def test_the_value_has_what_the_traits_are_set_to() -> None:
    owner: Any = Owner()
    owner.history_events = 7

    assert RETENTION.value(owner) == RunRetention(events=7)


def test_a_value_below_the_smallest_is_refused() -> None:
    owner: Any = Owner()

    with pytest.raises(TraitError):
        owner.history_bytes = 1_023


@pytest.mark.parametrize("made", [Limits, RunRetention, RetentionPolicy])
def test_every_field_is_a_setting_of_the_extension(made: type[DataclassInstance]) -> None:
    own = RealtimeWidgets.class_own_traits(config=True).values()
    helps = {trait.help for trait in own}

    assert {each.metadata["text"] for each in fields(made)} <= helps


def test_every_setting_has_a_help_text() -> None:
    for trait in RealtimeWidgets.class_own_traits(config=True).values():
        assert trait.help


def test_a_webhook_that_breaks_a_rule_is_an_error_that_names_its_field() -> None:
    with pytest.raises(TraitError, match=r"RealtimeWidgets\.webhooks\[0\]\.secret_file"):
        RealtimeWidgets(webhooks=[{"url": "https://example.org/"}])
