"""Where the notebooks of runs are now: they may have been renamed, moved or deleted since.

A run names its notebook by the path that it had when the run began. The kernel that published the
run is known by the user of its state; while it is there, its session has the notebook's path.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async

from realtime_widgets_server.publish_tokens import shown_kernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from realtime_widgets.hub.pagination import Origin

__all__ = ["Notebooks"]

SESSIONS_S = 2.0
"""How long the list of sessions is used again."""

FILES_S = 30.0
"""How long it is used again whether a file is there."""

MAX_LOOKUPS = 20
"""Most files that one answer looks for; the others are taken to be there until the next one."""

LOOK_S = 1.0
"""How long that may take, as contents may be on another machine."""

MAX_FILES = 10_000
"""Of how many files it is remembered whether they are there."""

MAX_CHARACTERS = 1_024
"""Of a path, as in a run's state (protocol 4)."""


class Notebooks:
    """Finds notebooks by the sessions and the contents of one server.

    Args:
        sessions: Its session manager.
        contents: Its contents manager.
    """

    def __init__(self, sessions: Any, contents: Any) -> None:  # noqa: ANN401 - classes that are configured
        self._sessions = sessions
        self._contents = contents
        self._open: dict[str, str] = {}
        """Paths of notebooks by what is shown of their kernels' ids; "" where that is ambiguous."""
        self._looked_at = float("-inf")
        self._files: dict[str, tuple[float, bool]] = {}
        """Whether a file is there, and monotonic seconds when that was found out."""

    def forget(self) -> None:
        """Look again at all for the next answer: files were renamed or deleted."""
        self._looked_at = float("-inf")
        self._files.clear()

    async def moved(self, origins: Sequence[Origin]) -> dict[str, str | None]:
        """Return, by run, where its notebook is now; only of those that are not where they were.

        Returns:
            The path below the server's root; None where the notebook is not there any more.
        """
        if not origins:
            return {}
        await self._look_at_sessions()
        await self._look_for([run.notebook for run in origins if not self._open_path(run)])
        now = {run: self._open_path(run) or self._if_there(run.notebook) for run in origins}
        return {run.sprint_id: path for run, path in now.items() if path != run.notebook}

    def _open_path(self, run: Origin) -> str:
        """Return the path at which the run's kernel has its notebook open, "" where none is."""
        return self._open.get(run.user or "", "")

    async def _look_at_sessions(self) -> None:
        if time.monotonic() < self._looked_at + SESSIONS_S:
            return
        self._looked_at = time.monotonic()
        now_open: dict[str, str] = {}
        try:
            sessions = await ensure_async(self._sessions.list_sessions())
        except Exception:  # noqa: BLE001 - of any session manager: then nothing is known of them
            sessions = []
        for session in sessions:
            kernel = shown_kernel((session.get("kernel") or {}).get("id") or "")
            path = str(session.get("path") or "")
            is_usable = session.get("type") == "notebook" and len(path) <= MAX_CHARACTERS
            now_open[kernel] = path if is_usable and kernel not in now_open else ""
        self._open = now_open

    async def _look_for(self, paths: Iterable[str]) -> None:
        now = time.monotonic()
        unknown = [path for path in dict.fromkeys(paths) if not self._is_known(path, now)]
        try:
            async with asyncio.timeout(LOOK_S):
                for path in unknown[:MAX_LOOKUPS]:
                    if len(self._files) >= MAX_FILES:
                        self._files.clear()
                    self._files[path] = now, await self._exists(path)
        except TimeoutError:
            pass  # those that are left are looked up for the next answer

    async def _exists(self, path: str) -> bool:
        try:
            return bool(await ensure_async(self._contents.file_exists(path)))
        except Exception:  # noqa: BLE001 - of any contents manager: then nothing is known of it
            return True

    def _is_known(self, path: str, now: float) -> bool:
        looked_at, _ = self._files.get(path, (float("-inf"), True))
        return now < looked_at + FILES_S

    def _if_there(self, path: str) -> str | None:
        _, is_there = self._files.get(path, (0.0, True))
        return path if is_there else None
