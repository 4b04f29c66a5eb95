"""Uses every part of the installed package once; run by test_versions.py, under `-W error`."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import io
import sys

import realtime_widgets_server
from realtime_widgets import Sprint, __version__, doctor, follow, history, sprints, watch
from realtime_widgets.asgi import RealtimeApp, open_to_all

NAME = "smoke"


def publish() -> None:
    with Sprint(NAME) as sprint:
        for n in sprint.track(range(3), "count"):
            sprint.log(f"line {n}")
        with sprint.message("planner") as reply:
            reply.write("done")
        with sprint.step("load"), sprint.tool("sql", query="select 1") as tool:
            tool.result([1])
        sprint.metrics({"loss": 0.5}, step=1)
        sprint.show({"rows": 3}, name="table")
        answer = sprint.ask("Which branch?", choices=["main", "dev"], default="dev", timeout=0.1)
        assert answer == "dev"
        sprint.run([sys.executable, "-c", "print('from a command')"], check=True)
    assert sprint.flush() == 0


def read() -> None:
    events = list(follow(NAME, until_end=True))
    lines = [event.message for event in events if event.type == "log"]
    assert lines == ["line 0", "line 1", "line 2", "from a command"], lines
    assert {event.type for event in events} == {
        "agent_message",
        "build_progress",
        "log",
        "metrics",
        "output",
        "question",
        "question_closed",
        "status_update",
    }
    assert [event.message for event in history(NAME, search="LINE 1")] == ["line 1"]
    assert [(run.sprint_id, run.status) for run in sprints()] == [(NAME, "succeeded")]


def show() -> None:
    view = watch(NAME)
    assert view.sprint_id == NAME
    assert "succeeded" in Sprint(NAME)._repr_mimebundle_()["text/plain"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        doctor()
    assert "the hub in this process" in out.getvalue()


async def mount() -> None:
    realtime = RealtimeApp(store="memory", authenticate=open_to_all)
    async with realtime.lifespan(), realtime.sprint(NAME) as sprint:
        sprint.log("from a service")


publish()
read()
show()
asyncio.run(mount())
assert realtime_widgets_server._jupyter_server_extension_points()  # noqa: SLF001 - as Jupyter does
assert __version__ == realtime_widgets_server.__version__
print("Python", sys.version.split()[0])  # noqa: T201 - for the test
for name in sys.argv[1:]:
    print(name, importlib.metadata.version(name))  # noqa: T201 - for the test
