"""The oldest and the newest that the package takes: versions of Python, and of what it needs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.environment import clean_environment
from tests.waiting import PATIENCE_S

from .debian_python import debian_python

pytestmark = pytest.mark.long

PROJECT = Path(__file__).parents[2]
SMOKE = Path(__file__).parent / "smoke.py"

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

OF_THE_LOWEST = PYTHONS[:3]
"""For which the lowest versions have wheels: pydantic 2.11 has none for a later one."""


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        # Older versions of jupyter-core warn that the folders change.
        env=clean_environment() | {"JUPYTER_PLATFORM_DIRS": "1"},
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def found(version: str) -> Path:
    """A Python of this version on this machine, one that pyenv keeps, or one of Debian."""
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in filter(None, candidates):
        code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
        asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if asked.stdout.strip() == version:
            return Path(python)
    if (python := debian_python(version)) is not None:
        return python
    pytest.skip(f"there is no Python {version} on this machine, and none of Debian")


def environment(folder: Path, python: Path, wheel: Path, *how: str) -> Path:
    """Make an environment with the wheel; return its Python."""
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--quiet", "--no-python-downloads", "--python", python, "env", cwd=folder)
    inside = folder / "env/bin/python"
    run(uv, "pip", "install", "--quiet", "--python", inside, *how, wheel, cwd=folder)
    return inside


def dependencies() -> dict[str, str]:
    """The lowest versions that pyproject.toml takes, by name."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    pairs = [line.partition(";")[0].split(">=") for line in project["dependencies"]]
    return {name: lowest.strip() for name, lowest in pairs}


@pytest.mark.parametrize("version", PYTHONS)
def test_every_part_works_without_a_warning(version: str, wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path, found(version), wheel)

    printed = run(python, "-W", "error", SMOKE, cwd=tmp_path)

    assert printed.startswith(f"Python {version}.")


@pytest.mark.parametrize("version", OF_THE_LOWEST)
def test_the_lowest_versions_of_all_dependencies_work(
    version: str, wheel: Path, tmp_path: Path
) -> None:
    lowest = dependencies()
    # Named besides the wheel, because only what is named is taken in its lowest version.
    named = [f"{name}>={version_}" for name, version_ in lowest.items()]
    python = environment(tmp_path, found(version), wheel, "--resolution", "lowest-direct", *named)

    # Those of the old widgets among them warn of what traitlets no longer wants.
    warnings = ("-W", "error", "-W", "ignore::DeprecationWarning:traitlets.traitlets")
    printed = run(python, *warnings, SMOKE, *lowest, cwd=tmp_path)

    installed = dict(line.split(" ") for line in printed.splitlines()[1:])
    del lowest["typing-extensions"]  # others among what is installed need a newer one
    for name, version_ in lowest.items():
        assert f"{installed[name]}.".startswith(f"{version_}."), name


def test_the_list_of_server_extensions_shows_the_version(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path, Path(sys.executable), wheel)
    listing = subprocess.run(
        [python, "-m", "jupyter", "server", "extension", "list"],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    ).stdout

    version = wheel.name.split("-")[1]
    assert f"realtime_widgets_server {version}" in listing
