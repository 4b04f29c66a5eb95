"""Every exception is a sentence for the user, and data for the caller."""

from __future__ import annotations

import copy
import pickle

import pytest

from realtime_widgets import errors
from realtime_widgets.errors import (
    Cancelled,
    ConnectionClosedError,
    FollowTimeoutError,
    InvalidEventError,
    InvalidSearchError,
    InvalidSprintIdError,
    LocalProtocolError,
    NoAnswerError,
    PositionLostError,
    ProtocolError,
    PublisherError,
    QueueFullError,
    RealtimeWidgetsError,
    RemoteProtocolError,
    ServerNotFoundError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreInUseError,
    StoreUnavailableError,
    UnknownRunError,
)

SENTENCES: list[tuple[RealtimeWidgetsError, str]] = [
    (RealtimeWidgetsError("anything"), "anything"),
    (ProtocolError("a rule"), "a rule"),
    (LocalProtocolError("opened() in state OPEN"), "opened() in state OPEN"),
    (RemoteProtocolError("unreadable"), "unreadable"),
    (
        ConnectionClosedError(4001, "slow_reader"),
        "the connection was closed: slow_reader (4001)",
    ),
    (ConnectionClosedError(1006), "the connection was closed: no reason given (1006)"),
    (
        InvalidEventError("too_deep", "nested deeper than 32 levels", field="event.a"),
        "event.a: nested deeper than 32 levels (too_deep)",
    ),
    (InvalidEventError("bad_json", "is not JSON"), "is not JSON (bad_json)"),
    (InvalidSearchError("the text is empty", "text"), "the text is empty"),
    (
        InvalidSprintIdError("my run"),
        (
            "'my run' is not a sprint id: use 1 to 64 ASCII letters, digits, dots, dashes or "
            "underscores, starting with a letter or digit; did you mean 'my-run'?"
        ),
    ),
    (PublisherError("it failed"), "it failed"),
    (
        Cancelled("run", "alice"),
        "the run 'run' was stopped by alice",
    ),
    (
        NoAnswerError("Deploy?", "none came within 2 s"),
        "no answer to 'Deploy?': none came within 2 s",
    ),
    (
        QueueFullError("nightly", 100_000, 2.0),
        (
            "100,000 events of 'nightly' are queued and none was sent within 2 s; "
            "call realtime_widgets.doctor() to see why"
        ),
    ),
    (
        ServerNotFoundError("http://localhost:8888/", "connection refused"),
        (
            "no realtime-widgets server at http://localhost:8888/: connection refused; "
            "call realtime_widgets.doctor() to see what was tried"
        ),
    ),
    (
        FollowTimeoutError("nightly", 2.5, "no such run; similar names: 'nightly-2'", ("x",)),
        "no new events of 'nightly' for 2.5 s: no such run; similar names: 'nightly-2'",
    ),
    (StoreError("it is damaged"), "it is damaged"),
    (StoreInUseError("another server uses it"), "another server uses it"),
    (StoreDamagedError("the file is damaged"), "the file is damaged"),
    (StoreFullError("there is no room"), "there is no room"),
    (StoreUnavailableError("the disk is full"), "the disk is full"),
    (
        PositionLostError("nightly", "epoch"),
        "cannot resume reading 'nightly' (epoch); read it from the start",
    ),
    (UnknownRunError("nightly"), "nothing was published to 'nightly'"),
    (
        UnknownRunError("nightly", ("nightly-2",)),
        "nothing was published to 'nightly'; similar names: 'nightly-2'",
    ),
]

each_error = pytest.mark.parametrize(
    "error", [pytest.param(error, id=type(error).__name__) for error, _ in SENTENCES]
)


@pytest.mark.parametrize(("error", "sentence"), SENTENCES)
def test_an_error_states_what_happened_in_one_sentence(
    error: RealtimeWidgetsError, sentence: str
) -> None:
    assert str(error) == sentence


def test_the_table_has_every_error_of_the_module() -> None:
    assert {type(error).__name__ for error, _ in SENTENCES} == set(errors.__all__)


@each_error
def test_an_error_survives_the_way_to_another_process(error: RealtimeWidgetsError) -> None:
    """A process pool hands the exception of its child over; one that cannot travel breaks it."""
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301 - its own
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


@each_error
def test_an_error_can_be_caught_as_any_error_of_the_package(error: RealtimeWidgetsError) -> None:
    # A stop is no error, and no handler of errors catches it.
    assert isinstance(error, RealtimeWidgetsError) or type(error) is Cancelled


@pytest.mark.parametrize(
    "error",
    [
        InvalidEventError("bad_field", "too long"),
        InvalidSearchError("too long", "text"),
        InvalidSprintIdError(""),
    ],
)
def test_a_wrong_value_is_a_value_error(error: RealtimeWidgetsError) -> None:
    assert isinstance(error, ValueError)


def test_a_hostile_id_does_not_fill_the_screen() -> None:
    sentence = str(InvalidSprintIdError("x" * 1_000_000))

    assert sentence.startswith("'" + "x" * 76 + "... is not a sprint id")


def test_what_a_caller_acts_on_is_in_attributes() -> None:
    event = InvalidEventError("too_large", "too big", field="message")
    full = QueueFullError("nightly", 7, 2.0)
    server = ServerNotFoundError("http://localhost/", "refused")
    lost = PositionLostError("nightly", "ahead")

    assert (event.code, event.reason, event.field) == ("too_large", "too big", "message")
    assert (full.sprint_id, full.events, full.waited_s) == ("nightly", 7, 2.0)
    assert (server.url, server.reason) == ("http://localhost/", "refused")
    assert (lost.sprint_id, lost.reason) == ("nightly", "ahead")
    assert ConnectionClosedError(4508, "fenced").code == 4508
    assert InvalidSprintIdError(7).sprint_id == 7


def test_h2_the_name_of_a_field_in_an_error_is_bounded() -> None:
    """It is the sender's, and goes back to the sender and into the log of the run."""
    event = InvalidEventError("bad_field", "Extra inputs are not permitted", field="x" * 1_000_000)

    assert event.field == "x" * 256
    assert len(str(event)) < 320
