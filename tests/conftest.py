"""What holds for all tests."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

OWN_PROCESS = {"e2e", "faults", "hosts"}

# A run in the background of a shell inherits that Ctrl-C is ignored, and tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that has other work to do exceeds any bound on the time of an example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the browser tests and the fault tests out of a run that does not name them.

    Playwright keeps an event loop running in the main thread, and pytest-jupyter closes the one
    that it finds there: the two cannot share a process. The fault tests have their own options,
    and want the machine to themselves.
    """
    name = collection_path.name
    if collection_path.parent != Path(__file__).parent or name not in OWN_PROCESS:
        return None
    named = any(name in Path(argument.partition("::")[0]).parts for argument in config.args)
    return None if named else True
