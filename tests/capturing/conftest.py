"""A real kernel, shared by the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel import running_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kernel import Kernel


@pytest.fixture(scope="session")
def kernel() -> Iterator[Kernel]:
    yield from running_kernel()
