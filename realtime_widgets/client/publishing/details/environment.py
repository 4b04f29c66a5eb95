"""Reads where a program runs: commit, script, machine, and versions of packages."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from realtime_widgets.client.surroundings import is_in_kernel

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["read_environment"]

GIT_S = 5.0
"""How long a command of Git may take, in seconds."""

MAX_PACKAGES = 150
"""Most packages whose versions are recorded."""


def read_environment(
    packages: Iterable[str] | None, *, arguments: bool, variables: Iterable[str]
) -> dict[str, object]:
    """Return what `Sprint.record_environment` publishes, by name."""
    found: dict[str, object] = {
        **_commit(),
        "host": platform.node(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }
    if not is_in_kernel() and sys.argv and sys.argv[0]:
        script = Path(sys.argv[0]).name
        found["command"] = shlex.join([script, *sys.argv[1:]]) if arguments else script
    for name in variables:
        found[f"variable {name}"] = os.environ.get(name)
    names = _imported() if packages is None else list(packages)
    for name in names[:MAX_PACKAGES]:
        with suppress(metadata.PackageNotFoundError, ValueError):
            found[f"package {name}"] = metadata.version(name)
    return found


def _commit() -> dict[str, object]:
    """Return the commit of the folder that the program runs in; nothing outside of a repository."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "git commit": commit,
        "git branch": _git("rev-parse", "--abbrev-ref", "HEAD"),
        "git changed": None if changes is None else bool(changes),
    }


def _git(*arguments: str) -> str | None:
    """Return what a command of Git prints; None where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - constants
            ["git", "--no-optional-locks", *arguments],  # noqa: S607 - the user's own Git
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _imported() -> list[str]:
    """Return the distributions of imported modules, in the order of the alphabet."""
    modules = {name.partition(".")[0] for name in list(sys.modules)} - sys.stdlib_module_names
    distributions = metadata.packages_distributions()
    found = {name for module in modules for name in distributions.get(module, ())}
    return sorted(found, key=str.lower)
