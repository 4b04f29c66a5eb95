"""`sprint.system`: metrics of the machine until the run ends."""

from __future__ import annotations

import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets.errors import InvalidEventError
from tests.client.reading import published, state
from tests.waiting import wait_until

if TYPE_CHECKING:
    from realtime_widgets import Sprint

EVERY_S = 0.1


def names(sprint: Sprint) -> list[str]:
    return [metric["name"] for metric in state(sprint)["metrics"]]


def monitors() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "realtime-widgets system"]


def test_the_machine_is_measured_until_the_run_ends(sprint: Sprint) -> None:
    with sprint:
        sprint.system(EVERY_S)
        wait_until(lambda: len(names(sprint)) == 3, "values are published")
    wait_until(lambda: not monitors(), "the thread has ended")

    events = [event for event in published(sprint) if event["type"] != "log"]
    assert events[-1]["type"] == "status_update"
    assert names(sprint) == ["system/cpu", "system/memory", "system/process_memory"]
    values = {metric["name"]: metric["last"] for metric in state(sprint)["metrics"]}
    assert 0 < values["system/memory"] <= 100
    assert values["system/process_memory"] > 1


def test_a_second_call_replaces_the_first(sprint: Sprint) -> None:
    for _ in range(3):
        sprint.system(60)
    wait_until(lambda: len(monitors()) == 1, "the others have ended")

    sprint.status("failed")
    wait_until(lambda: not monitors(), "the last has ended")


def test_gpus_are_measured_where_their_library_is(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No machine of the tests has one: the library is in the place of its driver."""
    library: Any = ModuleType("pynvml")
    library.nvmlInit = lambda: None
    library.nvmlDeviceGetCount = lambda: 2
    library.nvmlDeviceGetHandleByIndex = lambda index: index
    library.nvmlDeviceGetMemoryInfo = lambda index: SimpleNamespace(used=index, total=4)
    library.nvmlDeviceGetUtilizationRates = lambda index: SimpleNamespace(gpu=50 + index)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    with sprint:
        sprint.system(EVERY_S)
        wait_until(lambda: len(names(sprint)) == 7, "values are published")

    values = {metric["name"]: metric["last"] for metric in state(sprint)["metrics"]}
    assert (values["system/gpu0"], values["system/gpu1"]) == (50, 51)
    assert (values["system/gpu0_memory"], values["system/gpu1_memory"]) == (0, 25)


def test_without_psutil_the_error_names_what_to_install(
    sprint: Sprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'realtime-widgets\[system\]'"):
        sprint.system()


@pytest.mark.parametrize("every", [0, -1, float("nan"), float("inf"), "often"])
def test_an_interval_that_is_none_is_refused(sprint: Sprint, every: Any) -> None:
    with pytest.raises(InvalidEventError, match=r"at least 0\.1") as caught:
        sprint.system(every)
    assert caught.value.field == "every"
