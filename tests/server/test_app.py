"""The extension: its settings, what kernels inherit, and how it starts and stops."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.hub.stores.siblings import MAX_FILES
from realtime_widgets_server import RealtimeWidgets, app
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.server.conftest import Client

    Connect = Callable[..., Awaitable[Client]]

REASON = "kept_in_memory_because"


def configured(config: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return {**config, "RealtimeWidgets": {**config["RealtimeWidgets"], **settings}}


async def test_kernels_inherit_a_publish_token_and_the_url_after_the_port_is_bound(
    jp_serverapp: Any, extension: RealtimeWidgets
) -> None:
    token = os.environ["REALTIME_WIDGETS_TOKEN"]
    assert extension.publish_tokens.bearer(token) is not None
    assert extension.publish_token not in token
    assert "REALTIME_WIDGETS_URL" not in os.environ

    await jp_serverapp.extension_manager.start_all_extensions()

    assert os.environ["REALTIME_WIDGETS_URL"] == jp_serverapp.connection_url


async def test_runs_are_kept_outside_of_the_served_folder(jp_serverapp: Any) -> None:
    app = RealtimeWidgets()

    assert Path(app.store_path).name == "sprints.db"
    assert not Path(app.store_path).is_relative_to(jp_serverapp.root_dir)


async def test_stopping_the_server_closes_its_connections_as_going_away(
    extension: RealtimeWidgets, connect: Connect
) -> None:
    client = await connect()
    await client.hello(watch={})

    await extension.stop_extension()

    assert await client.close_code() == (1001, "going_away")


async def test_of_several_servers_with_one_data_folder_each_has_its_own_file(
    extension: RealtimeWidgets, tmp_path: Path
) -> None:
    await extension.started()
    assert extension.serverapp is not None
    others = []
    for served in (tmp_path / "a", tmp_path / "b"):
        served.mkdir()
        extension.serverapp.root_dir = str(served)
        other = RealtimeWidgets(parent=extension.serverapp, store_path=extension.store_path)
        other.initialize_settings()
        await other.started()
        others.append(other)

    folder = Path(extension.store_path).parent
    assert [each.hub.store.path.name for each in (extension, *others)] == [
        "sprints.db",
        "sprints-2.db",
        "sprints-3.db",
    ]
    assert all((folder / f"sprints-{number}.db").is_file() for number in (2, 3))
    for other in others:
        await other.stop_extension()


async def test_where_all_files_are_in_use_runs_are_in_memory_and_the_list_has_the_reason(
    extension: RealtimeWidgets, jp_fetch: Any
) -> None:
    folder = Path(extension.store_path).parent
    folder.mkdir()
    with contextlib.ExitStack() as locked:
        for number in range(1, MAX_FILES + 1):
            name = f"sprints-{number}.db.lock" if number > 1 else "sprints.db.lock"
            other = sqlite3.connect(folder / name, isolation_level=None)
            locked.enter_context(contextlib.closing(other))
            other.execute("begin exclusive")
        await extension.started()

    answer = json.loads((await jp_fetch("realtime", "api", "sprints")).body)

    assert extension.hub.store.name == "memory"
    assert answer[REASON] == "another server uses the file"


class TestWithAStoreInMemory:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        return configured(jp_server_config, store="memory")

    async def test_viewers_get_the_setting_as_the_reason(
        self, extension: RealtimeWidgets, connect: Connect
    ) -> None:
        client = await connect("run")
        welcome = await client.hello(watch={})

        assert welcome[REASON] == "the setting `store` is `memory`"
        assert extension.hub.store.name == "memory"


class TestWithAStoreThatCannotBeOpened:
    @pytest.fixture(params=["a link", "no folder", "not a database"])
    def jp_server_config(
        self, jp_server_config: dict[str, Any], request: pytest.FixtureRequest, tmp_path: Path
    ) -> dict[str, Any]:
        path = tmp_path / "secret" / "sprints.db"
        path.parent.mkdir()
        lock = path.with_name("sprints.db.lock")
        lock.touch()
        match request.param:
            case "a link":
                path.symlink_to(tmp_path / "target")
            case "no folder":
                path = lock / "sprints.db"
            case "not a database":
                lock.write_bytes(b"x" * 10_000)
        return configured(jp_server_config, store_path=str(path))

    async def test_l9_clients_get_the_reason_and_not_the_path_which_is_in_the_log(
        self, extension: RealtimeWidgets, jp_fetch: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        await extension.started()

        health = json.loads((await jp_fetch("realtime", "api", "health")).body)

        assert health["store"] == "memory"
        assert health[REASON].startswith("cannot open the file: ")
        assert "secret" not in health[REASON]
        assert "/" not in health[REASON]
        assert extension.store_path in caplog.text


class TestWithSmallLimits:
    @pytest.fixture
    def jp_server_config(
        self, jp_server_config: dict[str, Any], request: pytest.FixtureRequest
    ) -> dict[str, Any]:
        return configured(jp_server_config, **request.param)

    # One at a time: else a client that is slow to send hello is closed for that.
    @pytest.mark.parametrize("jp_server_config", [{"hello_s": 0.1}], indirect=True)
    async def test_a_client_that_sends_nothing_is_closed(self, connect: Connect) -> None:
        client = await connect()

        assert await client.close_code() == (4004, "hello_timeout")

    @pytest.mark.parametrize("jp_server_config", [{"ping_s": 0.5, "pong_s": 1.5}], indirect=True)
    async def test_a_client_that_answers_no_ping_is_closed(self, connect: Connect) -> None:
        client = await connect()
        await client.hello(watch={})

        assert await client.receive() == {"type": "ping"}
        assert await client.close_code() == (4003, "no_pong")

    @pytest.mark.parametrize("jp_server_config", [{"max_connections_per_sprint": 1}], indirect=True)
    async def test_one_connection_too_many_is_asked_to_come_later(self, connect: Connect) -> None:
        client = await connect()
        await client.hello(watch={})

        with pytest.raises(HTTPClientError) as refused:
            await connect()

        assert refused.value.code == 503
        assert refused.value.response.headers["Retry-After"] == "5"


@pytest.mark.parametrize("sprint_id", ["-run", "r" * 65, "run%0A", "r%C3%BCn"])
async def test_a_bad_sprint_id_is_refused_before_the_upgrade(
    connect: Connect, sprint_id: str
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await connect(sprint_id)

    assert refused.value.code == 400


async def test_ten_thousand_lines_arrive_whole_and_in_order_at_twenty_viewers(
    connect: Connect,
) -> None:
    lines, batch, late = 10_000, 200, 10
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": "0" * 32})
    viewers = [await connect() for _ in range(10)]
    for viewer in viewers:
        await viewer.hello(watch={})
    watching = [asyncio.ensure_future(viewer.events(lines)) for viewer in viewers]

    for first in range(1, lines + 1, batch):
        if first == lines // 2 + 1:
            for _ in range(late):
                viewer = await connect()
                await viewer.hello(watch={})
                watching.append(asyncio.ensure_future(viewer.events(lines)))
        events = [{"type": "log", "message": f"line {n}"} for n in range(first, first + batch)]
        assert (await publisher.publish(first, *events))["type"] == "ack"

    expected = [(n, f"line {n}") for n in range(1, lines + 1)]
    for seen in await asyncio.gather(*watching):
        assert [(event["seq"], event["message"]) for event in seen] == expected
    assert len(watching) == 20


async def test_a_run_that_is_published_is_activity_of_the_server(
    jp_serverapp: Any,
    extension: RealtimeWidgets,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "ACTIVE_EVERY_S", 0.01)
    await extension.started()
    settings = jp_serverapp.web_app.settings
    has_held_run, found = extension.hub.has_held_run, list[bool]()

    def look(max_age_s: float) -> bool:
        found.append(has_held_run(max_age_s))
        return found[-1]

    monkeypatch.setattr(extension.hub, "has_held_run", look)
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": "0" * 32, "lease": True})
    await publisher.publish(1, {"type": "log", "message": "not yet"})
    before = len(found)
    await until(lambda: len(found) >= before + 2, "it was looked for")
    assert not any(found)
    assert "realtime_widgets_last_activity" not in settings

    await publisher.publish(2, {"type": "status_update", "status": "running"})
    await until(lambda: "realtime_widgets_last_activity" in settings, "it counts")

    assert jp_serverapp.web_app.last_activity() == settings["realtime_widgets_last_activity"]
    assert extension.runs_are_activity


async def test_a_lease_that_is_too_short_for_an_answer_is_made_longer_and_logged(
    extension: RealtimeWidgets, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = RealtimeWidgets(parent=extension.serverapp, store="memory", lease_s=20.0)
    hasty.log.addHandler(caplog.handler)

    hasty.initialize_settings()

    hasty.log.removeHandler(caplog.handler)
    assert hasty.hub.limits.lease_s == 45.0
    assert "lease_s is 20, and has to be above ping_s (25)" in caplog.text


async def test_no_more_connections_are_taken_than_the_system_has_files_for(
    extension: RealtimeWidgets, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (4, 4))
    for _ in range(3):
        await connect()

    with pytest.raises(HTTPClientError) as refused:
        await connect()

    assert refused.value.code == 503
    assert len(extension.sockets) == 3


async def test_the_collector_of_the_server_is_left_as_it_is_by_default(
    extension: RealtimeWidgets,
) -> None:
    assert extension.serverapp is not None

    await extension._start_jupyter_server_extension(extension.serverapp)  # noqa: SLF001 - Jupyter's name for it

    assert gc.get_freeze_count() == 0


async def test_objects_of_the_start_are_left_out_of_garbage_collection_if_so_set(
    extension: RealtimeWidgets,
) -> None:
    """To look through them stopped a server for 0.12 s, again and again while many connected."""
    extension.freeze_startup = True
    assert extension.serverapp is not None

    await extension._start_jupyter_server_extension(extension.serverapp)  # noqa: SLF001 - Jupyter's name for it

    assert gc.get_freeze_count() > 0
    gc.unfreeze()
