"""Fixtures of the tests in hosts that are no plain Jupyter server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import (  # noqa: F401 - pytest finds them by their names
    browser,
    browser_type_launch_args,
    pytest_runtest_makereport,
    screenshot,
)
from tests.e2e.jupyter import Jupyter

from .jupyterhub import JupyterHub

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(PROJECT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterHub]:
    """A JupyterHub with the servers of two users, which notice soon that rights end."""
    arguments = (
        "--allow-root",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--RealtimeWidgets.recheck_s=0.5",
        "--HubOAuth.cache_max_age=1",
        "--ServerApp.jpserver_extensions=jupyter_lsp=False",
        "--ServerApp.jpserver_extensions=jupyter_server_terminals=False",
        "--ServerApp.jpserver_extensions=notebook=False",
        "--ServerApp.jpserver_extensions=voila.server_extension=False",
    )
    folder = tmp_path_factory.mktemp("hub")
    with JupyterHub(folder, users=["alice", "bob"], arguments=arguments) as hub:
        yield hub


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """JupyterLab with Voila, below the path that a proxy in front of it has."""
    with Jupyter(tmp_path_factory.mktemp("lab"), base_url="/outer/path/") as lab:
        yield lab
