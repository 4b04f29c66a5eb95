"""The method of `Sprint` that publishes how busy the machine is, as metrics below `system/`."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from realtime_widgets.client.publishing.fit import finite
from realtime_widgets.errors import InvalidEventError, QueueFullError
from realtime_widgets.protocol.codes import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SystemVerbs"]

EVERY_S = 10.0
MIN_S = 0.1

_MIB = 1024 * 1024


class _Publisher(Protocol):
    """What a monitor uses of a `Sprint`."""

    def metrics(self, values: Mapping[str, object], /, *, step: object = None) -> None: ...


class SystemVerbs:
    """Publishes metrics of the machine; what it takes and raises is documented at `Sprint`."""

    _monitor: _Monitor | None = None

    def metrics(
        self, values: Mapping[str, object] | None = None, /, *, step: object = None, **named: object
    ) -> None:
        """Publish values of metrics."""
        raise NotImplementedError

    def system(self, every: float = EVERY_S) -> None:
        """Publish how busy the machine is, as metrics, until the run ends.

        They are `system/cpu` and `system/memory` in percent of the machine, and
        `system/process_memory`, the resident memory of this process, in MiB; of each GPU of NVIDIA,
        where `nvidia-ml-py` is installed, `system/gpu0` and `system/gpu0_memory` in percent. Their
        steps are seconds since the call. A second call replaces the first.

        Args:
            every: Seconds between two values, at least 0.1.

        Raises:
            ModuleNotFoundError: `psutil` is not installed.
            InvalidEventError: `every` is no number, or too small.
        """
        interval = finite(every)
        if interval is None or interval < MIN_S:
            words = f"is a number of seconds, at least {MIN_S}"
            raise InvalidEventError(ErrorCode.BAD_FIELD, words, field="every")
        sources = [_machine(), *_gpus()]
        self._end_system()
        self._monitor = _Monitor(self, sources, interval)
        self._monitor.start()

    def _end_system(self) -> None:
        """Publish no further values."""
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.ended.set()


class _Monitor(threading.Thread):
    """Takes values at an interval; ends with its `Sprint`.

    Args:
        publisher: Where they are published; it is not kept alive.
        sources: Each returns values by the names of their metrics.
        every: Seconds between two values.
    """

    def __init__(
        self, publisher: _Publisher, sources: list[Callable[[], dict[str, float]]], every: float
    ) -> None:
        super().__init__(name="realtime-widgets system", daemon=True)
        self.ended = threading.Event()
        self._publisher = weakref.ref(publisher, lambda _: self.ended.set())
        self._sources = sources
        self._every = every

    def run(self) -> None:
        began = time.monotonic()
        while not self.ended.wait(self._every):
            values: dict[str, float] = {}
            for source in tuple(self._sources):
                try:
                    values.update(source())
                except Exception:  # noqa: BLE001 - a driver that fails is not read again
                    self._sources.remove(source)
            publisher = self._publisher()
            if publisher is None or not values or self.ended.is_set():
                return
            with contextlib.suppress(QueueFullError):
                publisher.metrics(values, step=round(time.monotonic() - began, 1))
            del publisher  # or it would live while the next values are waited for


def _machine() -> Callable[[], dict[str, float]]:
    try:
        import psutil
    except ModuleNotFoundError:
        words = "sprint.system needs psutil: pip install 'realtime-widgets[system]'"
        raise ModuleNotFoundError(words, name="psutil") from None
    process = psutil.Process()
    psutil.cpu_percent()  # the first call has nothing to compare with

    def read() -> dict[str, float]:
        return {
            "system/cpu": psutil.cpu_percent(),
            "system/memory": psutil.virtual_memory().percent,
            "system/process_memory": process.memory_info().rss / _MIB,
        }

    return read


def _gpus() -> list[Callable[[], dict[str, float]]]:
    """Return a source for all GPUs of NVIDIA; none where there is none or no library."""
    try:
        import pynvml

        pynvml.nvmlInit()
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())
        ]
    except Exception:  # noqa: BLE001 - no package, no driver, no device
        return []

    def read() -> dict[str, float]:
        values: dict[str, float] = {}
        for index, handle in enumerate(handles):
            memory: Any = pynvml.nvmlDeviceGetMemoryInfo(handle)
            values[f"system/gpu{index}"] = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
            values[f"system/gpu{index}_memory"] = 100 * memory.used / memory.total
        return values

    return [read] if handles else []
