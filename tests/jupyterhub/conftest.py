"""Runs test functions that are coroutines, as the tests of the hub."""

from __future__ import annotations

from tests.hub.conftest import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
