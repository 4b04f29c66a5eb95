"""`SprintHandler`, as a program configures it."""

from __future__ import annotations

import logging
import logging.config
from typing import TYPE_CHECKING

import pytest

from realtime_widgets import InvalidSprintIdError, Sprint
from realtime_widgets.integrations.logging import SprintHandler
from tests.client.reading import lines, published

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("program.loader")
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.handlers.clear()


def test_a_record_is_a_line_with_its_level_and_logger(
    sprint: Sprint, logger: logging.Logger
) -> None:
    logger.addHandler(SprintHandler(sprint))

    logger.warning("%d rows have no label", 3)
    logger.log(33, "between two levels")

    assert published(sprint) == [
        {
            "type": "log",
            "message": "3 rows have no label",
            "level": "warning",
            "source": "program.loader",
        },
        {
            "type": "log",
            "message": "between two levels",
            "level": "warning",
            "source": "program.loader",
        },
    ]


def test_an_exception_is_in_the_line_with_its_traceback(
    sprint: Sprint, logger: logging.Logger
) -> None:
    logger.addHandler(SprintHandler(sprint))

    try:
        int("x")
    except ValueError:
        logger.exception("cannot read")

    (line,) = lines(sprint)
    assert line.startswith("cannot read\nTraceback (most recent call last):\n")
    assert line.endswith("ValueError: invalid literal for int() with base 10: 'x'")


def test_without_a_run_records_go_to_the_one_whose_block_is_open(
    sprint: Sprint, logger: logging.Logger
) -> None:
    logger.addHandler(SprintHandler())

    logger.info("before")
    with sprint:
        logger.info("inside")
    logger.info("after")

    assert lines(sprint) == ["inside"]


def test_the_level_of_the_handler_counts(sprint: Sprint, logger: logging.Logger) -> None:
    logger.addHandler(SprintHandler(sprint, level="ERROR"))

    logger.warning("no")
    logger.error("yes")

    assert lines(sprint) == ["yes"]


def test_a_configuration_names_the_class_and_the_run(sprint: Sprint) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
            "handlers": {
                "run": {
                    "class": "realtime_widgets.integrations.logging.SprintHandler",
                    "sprint": sprint.sprint_id,
                    "formatter": "short",
                }
            },
            "loggers": {"program.configured": {"handlers": ["run"], "level": "INFO"}},
        }
    )
    logging.getLogger("program.configured").info("hello")

    assert lines(sprint) == ["INFO hello"]


def test_a_wrong_name_is_refused_where_the_handler_is_made() -> None:
    with pytest.raises(InvalidSprintIdError):
        SprintHandler("no spaces")


def test_what_publishes_causes_no_lines(sprint: Sprint) -> None:
    root = logging.getLogger()
    handler = SprintHandler(sprint)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        sprint.log("one")
        logging.getLogger("websockets.client").debug("sending")
        logging.getLogger("realtime_widgets").warning("a warning")
        assert lines(sprint) == ["one"]
        assert lines(sprint) == ["one"]
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def test_a_record_that_cannot_be_formatted_ends_nothing(
    sprint: Sprint, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = logging.makeLogRecord({"name": "program", "msg": "%d", "args": ("text",)})

    SprintHandler(sprint).handle(wrong)

    assert "Logging error" in capsys.readouterr().err
    assert lines(sprint) == []
