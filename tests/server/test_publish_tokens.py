"""The tokens of kernels and scripts: whose they are, what they open, and how kernels get them."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets_server.publish_tokens import PublishTokens
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from realtime_widgets_server import RealtimeWidgets

KERNEL_ID = "3f2a91c0-0000-4000-8000-000000000001"
OTHER_ID = "77b1e2d4-0000-4000-8000-000000000002"
PUBLISHER_ID = "0123456789abcdef" * 2

RECORDER = """
import os, time
with open(os.environ["RECORD"], "a") as record:
    record.write(os.environ.get("REALTIME_WIDGETS_TOKEN", "none") + "\\n")
time.sleep(600)
"""
"""A kernel that writes down the token that it inherits, and does nothing else."""


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"token {token}"}


# Whose a token is.


def test_l2_a_token_names_the_kernel_that_bears_it() -> None:
    tokens = PublishTokens("secret")

    kernel = tokens.bearer(tokens.for_kernel(KERNEL_ID))
    other = tokens.bearer(tokens.for_kernel(OTHER_ID))
    script = tokens.bearer(tokens.for_scripts())
    configured = tokens.bearer("secret")

    assert kernel
    assert other
    assert script
    assert (kernel.username, kernel.name) == (f"kernel.{KERNEL_ID}", "kernel 3f2a91c0")
    assert other.name == "kernel 77b1e2d4"
    assert script == configured
    assert script.name == "script"


def test_l2_tokens_stay_good_while_the_setting_stays_the_same() -> None:
    before, after = PublishTokens("secret"), PublishTokens("secret\n")

    assert after.bearer(before.for_kernel(KERNEL_ID))
    assert after.bearer(before.for_scripts())
    assert not PublishTokens("another").bearer(before.for_kernel(KERNEL_ID))


@pytest.mark.parametrize("kernel_id", ["a b", "a.b", "a/b\\nc", "k\xfcn", ""])
def test_l2_the_token_of_any_kernel_id_fits_into_a_header(kernel_id: str) -> None:
    tokens = PublishTokens("secret")

    token = tokens.for_kernel(kernel_id)

    assert re.fullmatch(r"[\w.-]+", token, re.ASCII)
    assert tokens.bearer(token)


def test_l2_no_token_is_made_from_another_one() -> None:
    tokens = PublishTokens("secret")
    token = tokens.for_kernel(KERNEL_ID)
    name, _, mac = token.rpartition(".")
    forged = [
        "", ".", "..", name, mac, f".{mac}", f"{name}.", f"{token}.", f"{token}x", token[:-1],
        f"script.{mac}", f"kernel.{OTHER_ID}.{mac}", f"kernel..{mac}", f"{name}.{mac.lower()}",
        token.upper(), f"{token}.{mac}", "\xff", "kernel", "script", "Secret",
    ]  # fmt: skip

    assert [each for each in forged if tokens.bearer(each)] == []


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_l2_without_a_secret_there_are_no_tokens(secret: str) -> None:
    off = PublishTokens(secret)

    assert off.for_kernel(KERNEL_ID) == off.for_scripts() == ""
    for token in ("", ".", "script.", "kernel.x.", PublishTokens("x").for_scripts()):
        assert off.bearer(token) is None


# What a token opens.


OPEN = {
    ("GET", "realtime/api/health"),
    ("GET", "realtime/api/sprints"),
    ("GET", "realtime/api/sprints/run"),
    ("GET", "realtime/api/sprints/run/position"),
    ("GET", "realtime/api/sprints/run/events"),
    ("POST", "realtime/api/sprints/run/events"),
}
"""For a kernel, besides the WebSocket."""

CLOSED = [
    "realtime",
    "realtime/",
    "realtime/sprints/run",
    "realtime/compare",
    "realtime/api/health",
    "realtime/api/sprints",
    "realtime/api/sprints/run",
    "realtime/api/sprints/run/position",
    "realtime/api/sprints/run/events",
    "realtime/api/sprints/run/ticket",
    "realtime/ws/sprints/run",
    "api/contents",
    "api/kernels",
    "api/sessions",
    "api/me",
    "api/terminals",
]


@pytest.fixture(params=["kernel", "script", "configured"])
def token(extension: RealtimeWidgets, request: pytest.FixtureRequest) -> str:
    tokens = extension.publish_tokens
    return {
        "kernel": tokens.for_kernel(KERNEL_ID),
        "script": tokens.for_scripts(),
        "configured": extension.publish_token,
    }[request.param]


async def test_l2_a_token_reads_and_publishes_and_nothing_else(
    jp_fetch: Any, connect: Any, extension: RealtimeWidgets, token: str
) -> None:
    await extension.started()
    await extension.hub.broadcast("run", {"type": "status_update", "status": "succeeded"})

    opened = set()
    for path in CLOSED:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            answer = await jp_fetch(
                path,
                method=method,
                body='{"type": "log", "message": "hi"}'
                if method in {"POST", "PUT", "PATCH"}
                else None,
                headers=bearing(token),
                raise_error=False,
                follow_redirects=False,
            )
            if answer.code == 200:
                opened.add((method, path))
            else:
                assert answer.code in {302, 403, 405} or "/ws/" in path, (method, path)

    assert opened == OPEN
    assert await extension.hub.state("run") is not None
    publisher = await connect(headers=bearing(token))
    await publisher.hello(publish={"publisher_id": PUBLISHER_ID})
    assert (await publisher.publish(1, {"type": "log", "message": "hi"}))["type"] == "ack"


async def test_l2_each_event_shows_which_kernel_published_it(
    connect: Any, extension: RealtimeWidgets, jp_fetch: Any
) -> None:
    tokens = extension.publish_tokens
    bearers = [tokens.for_kernel(KERNEL_ID), tokens.for_kernel(OTHER_ID), tokens.for_scripts()]
    for number, token in enumerate(bearers):
        publisher = await connect(headers=bearing(token))
        await publisher.hello(publish={"publisher_id": f"{number:032}"})
        await publisher.publish(1, {"type": "status_update", "status": "running"})

    page = await jp_fetch("realtime", "api", "sprints", "run", "events")

    users = [event["user"] for event in json.loads(page.body)["events"]]
    assert users == ["kernel 3f2a91c0", "kernel 77b1e2d4", "script"]


async def test_l2_a_token_of_another_server_opens_nothing(jp_fetch: Any) -> None:
    token = PublishTokens("of another server").for_kernel(KERNEL_ID)

    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("realtime", "api", "sprints", headers=bearing(token))

    assert refused.value.code == 403


# How kernels get them.


@pytest.fixture
def record(jp_data_dir: Path, tmp_path: Path) -> Path:
    """Where kernels named `recorder` write down the token that they inherit."""
    record = tmp_path / "record"
    folder = jp_data_dir / "kernels" / "recorder"
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-c", RECORDER, "{connection_file}"],
        "display_name": "Recorder",
        "language": "python",
        "env": {"RECORD": str(record)},
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    return record


def written(record: Path) -> list[str]:
    return record.read_text().splitlines() if record.exists() else []


async def inherited(record: Path, count: int) -> list[str]:
    """The tokens that so many kernels wrote down."""
    await until(lambda: len(written(record)) >= count, f"{count} kernels have written")
    return written(record)


@pytest.mark.usefixtures("extension")
class TestKernels:
    @pytest.fixture(autouse=True)
    def _ended(self, jp_serverapp: Any, jp_asyncio_loop: Any) -> Any:
        yield
        manager = jp_serverapp.kernel_manager
        jp_asyncio_loop.run_until_complete(manager.shutdown_all(now=True))

    async def start(self, jp_fetch: Any) -> str:
        body = json.dumps({"name": "recorder"})
        answer = await jp_fetch("api", "kernels", method="POST", body=body)
        return str(json.loads(answer.body)["id"])

    async def test_l2_each_kernel_inherits_a_token_of_its_own(
        self, jp_fetch: Any, record: Path, extension: RealtimeWidgets
    ) -> None:
        kernel_ids = [await self.start(jp_fetch), await self.start(jp_fetch)]

        tokens = await inherited(record, 2)

        assert set(tokens) == set(map(extension.publish_tokens.for_kernel, kernel_ids))
        assert len({*tokens, os.environ["REALTIME_WIDGETS_TOKEN"]}) == 3

    async def test_l2_a_kernel_keeps_its_token_over_a_rename_and_a_restart(
        self, jp_fetch: Any, jp_serverapp: Any, record: Path
    ) -> None:
        body = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "recorder"}}
        started = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        session = json.loads(started.body)
        [token] = await inherited(record, 1)

        renamed = json.dumps({"path": "b.ipynb"})
        await jp_fetch("api", "sessions", session["id"], method="PATCH", body=renamed)
        kernel = jp_serverapp.kernel_manager.get_kernel(session["kernel"]["id"])
        await kernel.restart_kernel(now=True)

        assert await inherited(record, 2) == [token, token]
        assert session["kernel"]["id"] in token

    async def test_l2_a_kernel_that_is_given_another_token_or_none_gets_that(
        self, jp_serverapp: Any, record: Path
    ) -> None:
        without = {k: v for k, v in os.environ.items() if k != "REALTIME_WIDGETS_TOKEN"}
        for env in (without, {**without, "REALTIME_WIDGETS_TOKEN": "mine"}):
            await jp_serverapp.kernel_manager.start_kernel(kernel_name="recorder", env=env)

        assert sorted(await inherited(record, 2)) == ["mine", "none"]

    async def test_l2_no_token_is_logged(
        self, jp_fetch: Any, connect: Any, record: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await self.start(jp_fetch)
        [token] = await inherited(record, 1)
        publisher = await connect(headers=bearing(token))
        await publisher.hello(publish={"publisher_id": PUBLISHER_ID})
        for method in ("DELETE", "GET"):
            await jp_fetch(
                *("realtime", "api", "sprints", "run"),
                method=method,
                headers=bearing(token),
                raise_error=False,
            )

        mac = token.rpartition(".")[2]
        assert "kernel." in caplog.text
        assert mac not in caplog.text


class TestKernelsWithoutAPublishToken:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        settings = {**jp_server_config["RealtimeWidgets"], "publish_token": ""}
        return {**jp_server_config, "RealtimeWidgets": settings}

    async def test_l2_kernels_get_none(
        self, extension: RealtimeWidgets, jp_serverapp: Any, record: Path
    ) -> None:
        assert not extension.publish_tokens.for_scripts()
        assert "REALTIME_WIDGETS_TOKEN" not in os.environ

        await jp_serverapp.kernel_manager.start_kernel(kernel_name="recorder")

        assert await inherited(record, 1) == ["none"]
        await jp_serverapp.kernel_manager.shutdown_all(now=True)
