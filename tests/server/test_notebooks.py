"""Where the notebooks of runs are now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from realtime_widgets.hub.pagination import Origin
from realtime_widgets_server import notebooks as module
from realtime_widgets_server.notebooks import Notebooks

if TYPE_CHECKING:
    import pytest

    from realtime_widgets_server import RealtimeWidgets

KERNEL = "3f2a91c0-0000-4000-8000-000000000000"


class Sessions:
    def __init__(self, *sessions: tuple[str, str]) -> None:
        self.sessions = list(sessions)
        self.fails = False
        self.asked = 0

    async def list_sessions(self) -> list[dict[str, Any]]:
        self.asked += 1
        if self.fails:
            raise OSError("the gateway is away")
        return [
            {"type": "notebook", "path": path, "kernel": {"id": kernel}}
            for kernel, path in self.sessions
        ]


class Contents:
    """Has the files that it is given; as some managers, it answers at once."""

    def __init__(self, *files: str) -> None:
        self.files = set(files)
        self.asked: list[str] = []

    def file_exists(self, path: str) -> bool:
        self.asked.append(path)
        if path == "broken.ipynb":
            raise OSError("the disk is away")
        return path in self.files


def run(notebook: str, name: str = "run", user: str | None = "kernel 3f2a91c0") -> Origin:
    return Origin(name, notebook, user)


async def test_a_notebook_that_is_where_it_was_is_not_mentioned() -> None:
    found = Notebooks(Sessions((KERNEL, "a.ipynb")), Contents())

    assert await found.moved([run("a.ipynb")]) == {}


async def test_b24_a_renamed_notebook_is_found_by_the_session_of_its_kernel() -> None:
    found = Notebooks(Sessions((KERNEL, "folder/new.ipynb")), Contents())

    assert await found.moved([run("old.ipynb")]) == {"run": "folder/new.ipynb"}


async def test_b24_without_a_session_the_answer_is_whether_the_file_exists() -> None:
    found = Notebooks(Sessions(), Contents("there.ipynb"))

    runs = [run("there.ipynb", "one"), run("gone.ipynb", "two"), run("broken.ipynb", "three")]
    assert await found.moved(runs) == {"two": None}


async def test_two_kernels_that_look_alike_give_no_cause() -> None:
    other = KERNEL[:-1] + "1"
    found = Notebooks(Sessions((KERNEL, "a.ipynb"), (other, "b.ipynb")), Contents("old.ipynb"))

    assert await found.moved([run("old.ipynb")]) == {}


async def test_sessions_that_cannot_be_read_change_nothing() -> None:
    sessions = Sessions((KERNEL, "new.ipynb"))
    sessions.fails = True

    assert await Notebooks(sessions, Contents("old.ipynb")).moved([run("old.ipynb")]) == {}


async def test_what_was_found_out_is_used_again() -> None:
    sessions, contents = Sessions(), Contents()
    found = Notebooks(sessions, contents)

    for _ in range(3):
        assert await found.moved([run("gone.ipynb", "a"), run("gone.ipynb", "b")]) == {
            "a": None,
            "b": None,
        }

    assert (sessions.asked, contents.asked) == (1, ["gone.ipynb"])


async def test_one_answer_looks_for_few_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOOKUPS", 2)
    contents = Contents()
    found = Notebooks(Sessions(), contents)
    runs = [run(f"{number}.ipynb", str(number)) for number in range(3)]

    assert len(await found.moved(runs)) == 2
    assert len(await found.moved(runs)) == 3


async def test_b24_the_list_has_the_path_of_a_renamed_notebook(
    jp_fetch: Any, extension: RealtimeWidgets, jp_root_dir: Any
) -> None:
    await extension.started()
    (jp_root_dir / "there.ipynb").write_text("{}")
    for name in ("there", "gone"):
        event = {"type": "status_update", "status": "running", "notebook": f"{name}.ipynb"}
        await extension.hub.broadcast(name, event, user="kernel 00000000")

    answer = json.loads((await jp_fetch("realtime", "api", "sprints")).body)

    assert answer["notebooks"] == {"gone": None}


async def test_kernels_learn_nothing_of_files(jp_fetch: Any, extension: RealtimeWidgets) -> None:
    await extension.started()
    event = {"type": "status_update", "status": "running", "notebook": "gone.ipynb"}
    await extension.hub.broadcast("run", event)
    token = extension.publish_tokens.for_kernel(KERNEL)

    headers = {"Authorization": f"token {token}"}
    answer = json.loads((await jp_fetch("realtime", "api", "sprints", headers=headers)).body)

    assert answer["notebooks"] == {}
