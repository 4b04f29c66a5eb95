"""What the fault tests share: their options, their coroutines, their servers, their report.

pytest tests/faults [--seed 7] [--long] [--report FILE]
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import inspect
import json
import random
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .asgi_server import AsgiServer
from .case import CALM_SERVER, Case
from .server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_S = 1_800.0
"""When a test of a long round counts as hung."""

FIGURES = pytest.StashKey[dict[str, dict[str, Any]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption("--seed", default=None, help="What decides when faults come; printed anyway.")
    group.addoption("--long", action="store_true", help="Times and counts of a real round.")
    group.addoption("--report", type=Path, help="Write figures there: as JSON, or else Markdown.")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.seed is None:
        config.option.seed = secrets.token_hex(3)
    config.stash[FIGURES] = {}
    _allow_many_sockets()


def _allow_many_sockets() -> None:
    """A storm has two ends in this process and one beyond it, and a proxy between."""
    with contextlib.suppress(ImportError):  # no such limit on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pytest_report_header(config: pytest.Config) -> str:
    return f"faults: --seed {config.option.seed}{' --long' if config.option.long else ''}"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine in a separate event loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    if pyfuncitem.config.option.long:
        # In place of pytest's own limit, which a machine that sleeps for ten minutes is beyond.
        faulthandler.dump_traceback_later(MAX_S, exit=True, file=sys.__stderr__)
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    path: Path | None = session.config.option.report
    if path is None:
        return
    figures = session.config.stash[FIGURES]
    if path.suffix == ".json":
        path.write_text(json.dumps(figures, indent=2) + "\n")
        return
    lines = ["| row | figure | value |", "|---|---|---|"]
    for row, values in figures.items():
        lines += [f"| {row} | {name} | {value} |" for name, value in values.items()]
    path.write_text("\n".join(lines) + "\n")


on_both = pytest.mark.parametrize(
    "adapter", ["jupyter", pytest.param("asgi", marks=pytest.mark.long)]
)


@pytest.fixture
def adapter() -> str:
    """Which server it is; a test that is `on_both` runs for each."""
    return "jupyter"


@pytest.fixture
def case(request: pytest.FixtureRequest, tmp_path: Path, adapter: str) -> Case:
    """What a test of a fault is given."""
    options = request.config.option
    return Case(
        is_long=options.long,
        server=AsgiServer if adapter == "asgi" else Server,
        rng=random.Random(f"{options.seed} {request.node.name}"),  # noqa: S311 - no secret
        folder=tmp_path,
        figures=request.config.stash[FIGURES].setdefault(request.node.name, {}),
    )


@pytest.fixture(scope="session")
def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server for all tests that leave it alone."""
    with _calm_server(Server, request, tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def calm_server(request: pytest.FixtureRequest, adapter: str, tmp_path: Path) -> Iterator[Server]:
    """The shared server, or one of ASGI."""
    if adapter == "jupyter":
        yield request.getfixturevalue("shared_server")
        return
    with _calm_server(AsgiServer, request, tmp_path) as server:
        yield server


@contextlib.contextmanager
def _calm_server(
    kind: type[Server], request: pytest.FixtureRequest, folder: Path
) -> Iterator[Server]:
    settings = {"max_connections_per_user": 1_000}  # all viewers here are one user
    if not request.config.option.long:
        settings |= CALM_SERVER
    server = kind(folder / "server", settings=settings)
    server.start_and_wait()
    yield server
    server.kill_now()
