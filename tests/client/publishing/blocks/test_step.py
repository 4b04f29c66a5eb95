"""Steps and tool calls: blocks that begin and end in the log, nested as the code is."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets import InvalidEventError, Sprint
from realtime_widgets.client.discovery import discover
from realtime_widgets.client.publishing.blocks import nesting
from tests.client.reading import published
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


@pytest.fixture(autouse=True)
def _top() -> Iterator[None]:
    """No block that another test has left open is around this one."""
    nesting.enter(None)
    yield
    nesting.enter(None)


def events(sprint: Sprint) -> list[dict[str, Any]]:
    return [each["event"] for each in published(sprint) if each["type"] == "agent_message"]


def ours(event: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = event.get("metadata", {}).get("realtime-widgets", {})
    return metadata


def tree(sprint: Sprint) -> list[str]:
    """The steps and tool calls in the order in which they began, each as its path."""
    paths: dict[str, str] = {}
    for event in events(sprint):
        if event["type"] in {"STEP_STARTED", "TOOL_CALL_START"}:
            known = ours(event)
            name = event.get("stepName") or event["toolCallName"]
            above = f"{paths[known['parent']]}/" if "parent" in known else ""
            paths[known.get("id") or event["toolCallId"]] = above + name
    return list(paths.values())


def ends(sprint: Sprint) -> dict[str, Any]:
    """How each step ended."""
    finished = [event for event in events(sprint) if event["type"] == "STEP_FINISHED"]
    return {
        event["stepName"]: ours(event).get("outcome", ours(event).get("error"))
        for event in finished
    }


def test_a_step_is_published_when_it_begins_and_when_it_has_ended(sprint: Sprint) -> None:
    with sprint.step("load", kind="retriever", input={"path": "a.csv"}) as step:
        (start,) = events(sprint)
        step.result([1, 2])

    known = {"id": step.id, "kind": "retriever"}
    assert start["stepName"] == "load"
    assert ours(start) == known | {"input": '{"path":"a.csv"}'}
    finish = events(sprint)[-1]
    assert (finish["type"], finish["stepName"]) == ("STEP_FINISHED", "load")
    assert ours(finish).pop("duration_ms") >= 0
    assert ours(finish) == known | {"output": "[1,2]", "error": False}


def test_a_tool_call_has_its_arguments_and_its_result(sprint: Sprint) -> None:
    with sprint.tool("sql", query="select 1", name="x") as tool:
        tool.result("one row")

    start, arguments, end, result = events(sprint)
    assert (start["toolCallName"], arguments["delta"]) == (
        "sql",
        '{"query":"select 1","name":"x"}',
    )
    assert [each["toolCallId"] for each in (start, arguments, end, result)] == [tool.id] * 4
    assert (result["content"], ours(result)["error"]) == ("one row", False)


def test_a_block_that_an_exception_ends_has_failed_with_its_words(sprint: Sprint) -> None:
    with pytest.raises(ValueError, match="no such"), sprint.step("load"):  # noqa: SIM117 - the tool first
        with sprint.tool("sql"):
            raise ValueError("no such table")

    *_, result, finish = events(sprint)
    assert ours(result)["error"] == ours(finish)["error"] == "ValueError: no such table"
    assert result["content"] == "ValueError: no such table"


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_a_block_that_is_interrupted_has_not_failed(
    sprint: Sprint, error: type[BaseException]
) -> None:
    with pytest.raises(error), sprint.step("load"):
        raise error

    assert ends(sprint) == {"load": "cancelled"}


def test_blocks_nest_as_the_code_does(sprint: Sprint) -> None:
    with sprint.step("outer"):
        with sprint.step("inner"), sprint.tool("sql"):
            pass
        with sprint.message("planner") as reply, sprint.tool("search"):
            reply.write("hello")
    with sprint.step("after"):
        pass

    assert tree(sprint) == ["outer", "outer/inner", "outer/inner/sql", "outer/search", "after"]


def test_a_tool_call_in_a_message_belongs_to_the_message_and_its_agent(sprint: Sprint) -> None:
    with sprint.message("planner") as reply, sprint.tool("sql"):
        pass

    start = published(sprint)[1]
    assert (start["agent"], start["event"]["parentMessageId"]) == ("planner", reply.message_id)


def test_a_block_without_an_agent_has_that_of_the_block_around_or_the_name_of_the_run(
    sprint: Sprint,
) -> None:
    with sprint.step("a"), sprint.step("b", agent="planner"), sprint.tool("c"):
        pass

    agents = [event["agent"] for event in published(sprint)]
    assert agents[:3] == [sprint.sprint_id, "planner", "planner"]


def test_a_task_in_a_step_names_the_step_and_is_no_step_itself(sprint: Sprint) -> None:
    with sprint.step("load") as step:
        for _ in sprint.track([1], "rows"):
            sprint.progress("cells", 1)
            with sprint.step("check"):
                pass
    sprint.progress("after", 1)

    tasks = [event for event in published(sprint) if event["type"] == "build_progress"]
    assert {(t["task"], t.get("step")) for t in tasks} == {
        ("rows", step.id),
        ("cells", step.id),
        ("after", None),
    }
    assert [task.get("parents") for task in tasks if task["task"] == "cells"] == [["rows"]]
    assert tree(sprint) == ["load", "load/check"]


def test_parallel_coroutines_nest_each_by_itself(sprint: Sprint) -> None:
    async def part(name: str, barrier: asyncio.Barrier) -> None:
        async with sprint.step(name):
            await barrier.wait()
            with sprint.tool(f"tool of {name}"):
                await barrier.wait()

    async def both() -> None:
        barrier = asyncio.Barrier(2)
        with sprint.step("outer"):
            await asyncio.gather(part("a", barrier), part("b", barrier))

    asyncio.run(asyncio.wait_for(both(), PATIENCE_S))

    assert sorted(tree(sprint)) == [
        "outer",
        "outer/a",
        "outer/a/tool of a",
        "outer/b",
        "outer/b/tool of b",
    ]


def test_a_thread_in_a_copy_of_the_context_is_a_part_of_the_step_and_another_is_not(
    sprint: Sprint,
) -> None:
    def work(name: str) -> None:
        with sprint.step(name):
            pass

    with sprint.step("outer"):
        context = contextvars.copy_context()
        for target in (lambda: context.run(work, "copy"), lambda: work("plain")):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join(PATIENCE_S)

    assert sorted(tree(sprint)) == ["outer", "outer/copy", "plain"]


def test_blocks_of_two_runs_are_no_parts_of_one_another(sprint: Sprint) -> None:
    other = Sprint(f"{sprint.sprint_id}-b")
    with sprint.step("a"), other.step("b"), sprint.step("c"):
        pass

    assert (tree(sprint), tree(other)) == (["a", "a/c"], ["b"])


class TestFunctions:
    def test_each_call_of_a_function_is_a_step_of_its_name(self, sprint: Sprint) -> None:
        @sprint.step
        def load(path: str, *, rows: int) -> str:
            """Load rows."""
            with sprint.tool("read"):
                return path * rows

        assert [load("a", rows=2), load("b", rows=1)] == ["aa", "b"]
        assert (load.__name__, load.__doc__) == ("load", "Load rows.")
        assert tree(sprint) == ["load", "load/read"] * 2

    def test_a_name_and_a_kind_may_be_given(self, sprint: Sprint) -> None:
        @sprint.step("search the index", kind="retriever")
        def find() -> None: ...

        find()

        assert [ours(event)["kind"] for event in events(sprint)] == ["retriever"] * 2
        assert tree(sprint) == ["search the index"]

    def test_a_coroutine_is_a_step_until_it_returns(self, sprint: Sprint) -> None:
        @sprint.step
        async def load() -> int:
            await asyncio.sleep(0)
            with sprint.step("part"):
                return 7

        assert asyncio.run(load()) == 7
        assert tree(sprint) == ["load", "load/part"]
        assert ends(sprint) == {"part": False, "load": False}

    def test_what_uses_a_generator_is_no_part_of_its_step(self, sprint: Sprint) -> None:
        @sprint.step
        def rows() -> Iterator[int]:
            with sprint.step("open"):
                yield 1
            with sprint.step("close"):
                yield 2

        for _ in rows():
            with sprint.step("use"):
                pass

        assert tree(sprint) == ["rows", "rows/open", "use", "rows/close", "use"]

    def test_an_async_generator_is_a_step_until_it_is_through(self, sprint: Sprint) -> None:
        @sprint.step
        async def rows() -> AsyncIterator[int]:
            with sprint.step("open"):
                yield 1
            await asyncio.sleep(0)

        async def use() -> None:
            async for _ in rows():
                with sprint.step("use"):
                    pass

        asyncio.run(use())

        assert tree(sprint) == ["rows", "rows/open", "use"]
        assert ends(sprint)["rows"] is False

    def test_a_generator_that_is_left_early_is_cancelled_and_one_that_raises_has_failed(
        self, sprint: Sprint
    ) -> None:
        @sprint.step
        def left() -> Iterator[int]:
            yield 1
            yield 2

        @sprint.step
        def broken() -> Iterator[int]:
            yield 1
            raise ValueError("broken")

        for _ in left():
            break
        with contextlib.suppress(ValueError):
            list(broken())

        assert ends(sprint) == {"left": "cancelled", "broken": "ValueError: broken"}

    def test_values_and_exceptions_reach_a_generator(self, sprint: Sprint) -> None:
        @sprint.step
        def echo() -> Iterator[Any]:
            received = yield "ready"
            try:
                yield received
            except KeyError:
                yield "caught"
            return "end"

        generator: Any = echo()
        assert [next(generator), generator.send(5)] == ["ready", 5]
        assert generator.throw(KeyError) == "caught"
        with pytest.raises(StopIteration) as stopped:
            next(generator)
        assert stopped.value.value == "end"

    def test_an_async_context_manager_sees_the_exception_of_its_block(self, sprint: Sprint) -> None:
        seen: list[BaseException] = []

        @contextlib.asynccontextmanager
        @sprint.step
        async def session() -> AsyncIterator[int]:
            try:
                yield 1
            except ValueError as error:
                seen.append(error)

        async def use() -> None:
            async with session():
                raise ValueError

        asyncio.run(use())

        assert len(seen) == 1
        assert ends(sprint) == {"session": False}


def test_a_block_begins_once(sprint: Sprint) -> None:
    step = sprint.step("load")
    with step:
        pass

    with pytest.raises(RuntimeError, match="begun before"), step:
        pass


def test_a_wrong_word_is_refused_with_the_right_ones(sprint: Sprint) -> None:
    with pytest.raises(InvalidEventError, match=r"'retreiver' is none of agent.*'retriever'"):
        sprint.step("x", kind="retreiver")  # type: ignore[call-overload]
    with pytest.raises(InvalidEventError, match="none of assistant, user, system, developer"):
        sprint.message("x", role="bot")  # type: ignore[arg-type]
    with pytest.raises(InvalidEventError, match="a role or is reasoning"):
        sprint.message("x", role="user", reasoning=True)


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "value", [float("nan"), "x" * 1_000_000, Broken(), [[1] * 9_999] * 9, b"\xff"]
)
def test_any_value_that_is_passed_becomes_bounded_text(sprint: Sprint, value: object) -> None:
    with sprint.step("s" * 999, input=value) as step, sprint.tool("t" * 999, value=value) as tool:
        tool.result(value)
        step.result(value)

    for event in events(sprint):
        known = ours(event)
        assert len(known.get("input", "")) <= 16_384
        assert len(known.get("output", "")) <= 16_384
        assert len(event.get("content", "")) <= 16_384
        assert len(event.get("stepName", "") + event.get("toolCallName", "")) <= 256
    deltas = [event.get("delta", "") for event in events(sprint)]
    assert len("".join(deltas).encode()) <= 65_536


@pytest.mark.parametrize(
    "publish",
    [
        lambda sprint: sprint.step("x", input="y" * 16_385),
        lambda sprint: sprint.tool("x", value=float("nan")),
        lambda sprint: sprint.tool("x", value="y" * 70_000),
    ],
)
def test_a_strict_sprint_refuses_what_would_be_cut(
    sprint_id: str, publish: Callable[[Sprint], object]
) -> None:
    with pytest.raises(InvalidEventError):
        publish(Sprint(sprint_id, strict=True))


def test_reasoning_is_a_message_of_its_own_type(sprint: Sprint) -> None:
    with sprint.message("planner", reasoning=True) as thoughts:
        thoughts.write("hm")
    with sprint.message("me", role="user") as question:
        question.write("why?")

    kinds = [event["type"] for event in events(sprint)]
    assert kinds[:3] == [f"REASONING_MESSAGE_{part}" for part in ("START", "CONTENT", "END")]
    assert events(sprint)[3]["role"] == "user"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_that_leaves_a_block_does_not_end_it(sprint: Sprint) -> None:
    with sprint.step("load") as step:
        child = os.fork()
        if not child:
            step.__exit__(None, None, None)
            os._exit(1 if step._scope is None or not step._scope.is_open else 0)  # noqa: SLF001
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    assert ends(sprint) == {"load": False}


def test_the_state_of_the_run_counts_steps_and_tools_and_names_what_is_open(
    sprint: Sprint,
) -> None:
    with sprint.step("load"), sprint.tool("sql", query="select 1") as tool:
        tool.result("rows")
    with contextlib.suppress(ValueError), sprint.tool("sql"):
        raise ValueError
    with sprint.step("train"), sprint.step("epoch 1"):
        assert sprint.flush() == 0
        agents = _state_of(sprint)["agents"]

    assert (agents["steps"], agents["tools"], agents["failed_tools"]) == (3, 2, 1)
    assert agents["path"] == ["train", "epoch 1"]


def _state_of(sprint: Sprint) -> dict[str, Any]:
    state = discover().run(sprint.sprint_id, timeout=PATIENCE_S)
    assert state is not None
    return state
