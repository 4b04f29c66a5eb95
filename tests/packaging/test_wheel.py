"""What users get: the sdist, and the wheel that is built from it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parents[2]

FOREIGN = {
    "tests",
    "docs",
    "notebooks",
    "benchmarks",
    "scripts",
    "node_modules",
    "src",
    "scratch",
    ".venv",
}


class Distributions(NamedTuple):
    """The names of the files in each."""

    sdist: frozenset[str]
    wheel: frozenset[str]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    folder = tmp_path_factory.mktemp("dist")
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(PROJECT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    (sdist,) = folder.glob("*.tar.gz")
    (wheel,) = folder.glob("*.whl")
    with tarfile.open(sdist) as archive:
        inside = frozenset(name.partition("/")[2] for name in archive.getnames())
    with zipfile.ZipFile(wheel) as archive:
        return Distributions(inside, frozenset(archive.namelist()))


@pytest.mark.parametrize(
    "name",
    [
        "realtime_widgets/__init__.py",
        "realtime_widgets/py.typed",
        "realtime_widgets/protocol/schema.json",
        "realtime_widgets/static/widget.js",
        "realtime_widgets/static/widget.css",
        "realtime_widgets/static/page.js",
        "realtime_widgets/static/page.css",
        "realtime_widgets/static/agents.js",
        "realtime_widgets/static/charts.js",
        "realtime_widgets/static/share.js",
        "realtime_widgets/static/files.js",
        "realtime_widgets/labextension/package.json",
        "realtime_widgets/labextension/schemas/realtime-widgets/panel.json",
        "realtime_widgets_server/__init__.py",
        "realtime_widgets/service/page.html",
        "realtime_widgets/asgi/__init__.py",
    ],
)
def test_the_wheel_holds_both_packages_and_the_front_end(
    distributions: Distributions, name: str
) -> None:
    assert name in distributions.wheel


def test_the_wheel_turns_the_server_extension_on(distributions: Distributions) -> None:
    config = "etc/jupyter/jupyter_server_config.d/realtime_widgets_server.json"

    assert [name for name in distributions.wheel if name.endswith(config)]


def test_the_wheel_puts_the_extension_of_jupyterlab_where_it_is_found(
    distributions: Distributions,
) -> None:
    package = "share/jupyter/labextensions/realtime-widgets/package.json"

    assert [name for name in distributions.wheel if name.endswith(package)]


def test_the_wheel_is_one_that_any_machine_takes(
    distributions: Distributions,
) -> None:
    suffixes = {Path(name).suffix for name in distributions.wheel}

    assert suffixes.isdisjoint({".so", ".pyd", ".dylib", ".pyc", ".map"})


@pytest.mark.parametrize("kind", Distributions._fields)
def test_a_distribution_holds_nothing_of_the_workshop(
    distributions: Distributions, kind: str
) -> None:
    folders = {part for name in getattr(distributions, kind) for part in Path(name).parts[:-1]}

    assert folders.isdisjoint(FOREIGN)


def test_the_sdist_holds_the_built_front_end(distributions: Distributions) -> None:
    assert "realtime_widgets/static/widget.js" in distributions.sdist
    assert "realtime_widgets/labextension/package.json" in distributions.sdist
