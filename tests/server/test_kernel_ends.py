"""What became of a kernel whose publisher is disconnected, as Jupyter's kernel manager knows it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from realtime_widgets_server.kernel_ends import KernelEnds
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from realtime_widgets.protocol.run_state import RunState
    from realtime_widgets_server import RealtimeWidgets

PUBLISHER_ID = "0123456789abcdef" * 2


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    # A kernel that does not answer is waited for so long when it is shut down.
    return jp_server_config | {"KernelManager": {"shutdown_wait_time": 0.2}}


class Kernel:
    """A kernel that does nothing; the test publishes in its name, with its token."""

    def __init__(self, kernel_id: str, extension: RealtimeWidgets, connect: Any) -> None:
        assert extension.serverapp is not None
        self.id = kernel_id
        self.jupyter: Any = extension.serverapp.kernel_manager
        self.manager = self.jupyter.get_kernel(kernel_id)
        self._extension = extension
        self._connect = connect

    async def publish(self) -> None:
        """Connect, and publish `running`."""
        token = self._extension.publish_tokens.for_kernel(self.id)
        self._client = await self._connect(headers={"Authorization": f"token {token}"})
        await self._client.hello(publish={"publisher_id": PUBLISHER_ID})
        status = {"type": "status_update", "status": "running", "attempt": "a"}
        assert (await self._client.publish(1, status))["type"] == "ack"

    def disconnect(self) -> None:
        self._client.socket.close()

    async def kill(self) -> None:
        process = self.manager.provisioner.process
        process.kill()
        await until(lambda: process.poll() is not None, "the process has ended")

    async def lost(self) -> RunState:
        """The state of its run, when it is lost."""
        state = await self.state()
        await until(lambda: state.status == "lost", "it is lost")
        return state

    async def state(self) -> RunState:
        state = await self._extension.hub.state("run")
        assert state is not None
        return state


@pytest.fixture
def kernel(
    jp_data_dir: Path, jp_asyncio_loop: Any, extension: RealtimeWidgets, connect: Any
) -> Iterator[Kernel]:
    folder = jp_data_dir / "kernels" / "idle"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", "import time; time.sleep(600)", "{connection_file}"]
    spec = {"argv": argv, "display_name": "idle", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    assert extension.serverapp is not None
    manager: Any = extension.serverapp.kernel_manager
    kernel_id = jp_asyncio_loop.run_until_complete(manager.start_kernel(kernel_name="idle"))
    yield Kernel(kernel_id, extension, connect)
    jp_asyncio_loop.run_until_complete(manager.shutdown_all(now=True))


async def test_a_run_whose_kernel_was_killed_is_lost_for_that(kernel: Kernel) -> None:
    await kernel.publish()
    await kernel.kill()

    kernel.disconnect()

    state = await kernel.lost()
    assert state.cause == "kernel_died"
    assert [member.cause for member in state.members.left] == ["kernel_died"]


@pytest.mark.parametrize(
    ("method", "cause"),
    [("restart_kernel", "kernel_restarted"), ("shutdown_kernel", "kernel_shut_down")],
)
async def test_a_run_whose_kernel_the_user_ends_is_lost_for_that(
    kernel: Kernel, method: str, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kernel.publish()
    request_shutdown = kernel.manager._async_request_shutdown  # noqa: SLF001 - where a kernel disconnects

    async def request_shutdown_and_disconnect(**options: Any) -> None:
        await request_shutdown(**options)
        kernel.disconnect()

    monkeypatch.setattr(kernel.manager, "_async_request_shutdown", request_shutdown_and_disconnect)

    await getattr(kernel.jupyter, method)(kernel.id)

    assert (await kernel.lost()).cause == cause


async def test_a_kernel_that_died_and_was_started_again_meanwhile_has_died(
    kernel: Kernel,
) -> None:
    """Jupyter's own check came before the end of the connection was noticed."""
    await kernel.publish()
    await kernel.kill()
    await kernel.manager._restarter.poll()  # noqa: SLF001 - which it does every 3 s
    assert await kernel.manager.is_alive()

    kernel.disconnect()

    assert (await kernel.lost()).cause == "kernel_died"


async def test_a_kernel_that_is_alive_is_only_disconnected(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Any] = []
    find_cause = KernelEnds._find_cause  # noqa: SLF001 - to know when it has answered

    async def finding_cause(*given: Any) -> Any:
        answers.append(await find_cause(*given))
        return answers[-1]

    monkeypatch.setattr(KernelEnds, "_find_cause", finding_cause)
    await kernel.publish()

    kernel.disconnect()

    state = await kernel.state()
    await until(lambda: state.disconnected_at is not None, "it is disconnected")
    await until(lambda: answers == [None], "the kernel has been alive for long enough")
    assert (state.status, state.cause) == ("running", None)


async def test_a_process_that_outlived_its_kernel_has_not_ended_with_it(
    kernel: Kernel, extension: RealtimeWidgets
) -> None:
    find_cause = extension.context.kernel_ends.watch(kernel.id)
    assert find_cause is not None
    await kernel.jupyter.shutdown_kernel(kernel.id)

    assert await find_cause() is None


async def test_a_kernel_is_watched_once_however_often_it_connects(
    kernel: Kernel, extension: RealtimeWidgets
) -> None:
    for _ in range(3):
        assert extension.context.kernel_ends.watch(kernel.id) is not None

    callbacks = kernel.manager._restarter.callbacks["restart"]  # noqa: SLF001 - it has no other list
    assert len([each for each in callbacks if "KernelEnds" in repr(each)]) == 1


@pytest.mark.parametrize("kernel_id", ["3f2a91c0-0000-4000-8000-000000000001", "a b", ""])
def test_of_a_kernel_of_another_manager_nothing_is_known(
    extension: RealtimeWidgets, kernel_id: str
) -> None:
    assert extension.context.kernel_ends.watch(kernel_id) is None


async def test_what_a_script_publishes_is_no_kernels(
    connect: Any, extension: RealtimeWidgets, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[str] = []
    monkeypatch.setattr(extension.context.kernel_ends, "watch", watched.append)
    for token in (extension.publish_tokens.for_scripts(), extension.publish_token):
        await connect(headers={"Authorization": f"token {token}"})
    await connect()
    assert watched == []
