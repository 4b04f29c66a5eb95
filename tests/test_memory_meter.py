"""The memory meter that other tests rely on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import memory_meter
from tests.memory_meter import peak_of

pytestmark = pytest.mark.skipif(not memory_meter.IS_SUPPORTED, reason="needs /proc")

MIB = 1024 * 1024

WORKER = """
for line in iter(input, ""):
    print(len(b"x" * int(line)), flush=True)
"""


def test_the_meter_sees_memory_that_is_freed_again_and_forgets_an_earlier_peak() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        figures = []
        for size in (1, 1, 64 * MIB, 1):
            with peak_of(process.pid) as peak:
                process.stdin.write(f"{size}\n")
                process.stdin.flush()
                assert int(process.stdout.readline()) == size
            figures.append(peak.mib)
        process.stdin.write("\n")

    # The first one also measures the start of Python.
    _, small, large, small_again = figures
    assert small < 8
    assert 60 < large < 80
    assert small_again < 8
