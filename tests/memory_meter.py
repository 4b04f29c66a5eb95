"""How much memory a process takes for a piece of work, at its peak; Linux only.

The kernel keeps the peak of each process (`VmHWM`) and resets it on request, so nothing is sampled
and no peak is missed. A figure is what the process took above what it held when the work began;
memory that it had freed and kept for later use counts as held, so a fresh process gives the highest
figure.

    with peak_of(server.pid) as peak:
        request()
    assert peak.mib < 40
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["IS_SUPPORTED", "Peak", "peak_of"]

IS_SUPPORTED = Path("/proc/self/clear_refs").exists()
"""Whether this system can measure it; a test that needs it is skipped elsewhere."""

_RESET_PEAK = "5"
"""What resets `VmHWM` when it is written to `clear_refs`, see proc(5)."""

_KIB_A_MIB = 1024


class Peak:
    """The figures of one measurement, in MiB; known when its `with` block has ended."""

    before_mib: float
    """What the process held when the work began."""

    total_mib: float
    """The most that it held during the work."""

    @property
    def mib(self) -> float:
        """The most that it took for the work, above what it held before."""
        return self.total_mib - self.before_mib


@contextmanager
def peak_of(pid: int) -> Iterator[Peak]:
    """Measure the peak of a process, of this user, while the block runs."""
    peak = Peak()
    Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
    peak.before_mib = _resident_mib(pid, "VmRSS")
    yield peak
    peak.total_mib = _resident_mib(pid, "VmHWM")


def _resident_mib(pid: int, kind: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(rf"^{kind}:\s+(\d+) kB$", status, re.MULTILINE)
    assert match is not None, status
    return int(match[1]) / _KIB_A_MIB
