"""The REST routes."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import pytest
from tornado.httpclient import HTTPClientError

from realtime_widgets.service import routes
from realtime_widgets.service.service import PAGES_AT_ONCE

from .conftest import on_both

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from realtime_widgets_server import RealtimeWidgets

    Get = Callable[..., Awaitable[Any]]

PUBLISHER_ID = "0123456789abcdef" * 2


@pytest.fixture
def get(jp_fetch: Any) -> Get:
    async def fetch(*parts: str, **params: str) -> Any:
        answer = await jp_fetch("realtime", "api", *parts, params=params)
        return json.loads(answer.body)

    return fetch


@pytest.fixture
def broadcast(extension: RealtimeWidgets) -> Callable[..., Awaitable[int]]:
    async def send(sprint_id: str, **event: Any) -> int:
        await extension.started()
        return await extension.hub.broadcast(sprint_id, event)

    return send


@on_both
async def test_health_has_versions_and_store(get: Get) -> None:
    health = await get("health")

    assert (health["status"], health["protocol"], health["store"]) == ("ok", [1], "sqlite")


@on_both
async def test_runs_are_listed_the_newest_first(get: Get, broadcast: Any) -> None:
    empty = {"sprints": [], "next": None, "kept_in_memory_because": None, "notebooks": {}}
    nothing = await get("sprints")
    assert nothing == {**empty, "index": nothing["index"]}
    assert nothing["index"]["version"] == 0
    await broadcast("first", type="status_update", status="running")
    await broadcast("second", type="log", message="hi", level="error")

    first, second = reversed((await get("sprints"))["sprints"])

    assert (first["sprint_id"], first["status"], first["head"]) == ("first", "running", 1)
    assert first["started"] is not None
    assert (second["sprint_id"], second["status"], second["errors"]) == ("second", "pending", 1)


async def test_to_look_at_runs_is_no_activity_of_the_server(get: Get, jp_serverapp: Any) -> None:
    before = jp_serverapp.web_app.last_activity()

    await get("sprints")
    await get("sprints", "run", "events")

    assert jp_serverapp.web_app.last_activity() == before


@on_both
async def test_one_run_is_found_by_its_id(get: Get, broadcast: Any) -> None:
    progress = {"task": "train", "current": 3, "total": 10, "unit": "batch"}
    await broadcast("run", type="build_progress", **progress)

    (task,) = (await get("sprints", "run"))["tasks"]

    times = {"began": None, "updated": None}
    assert task == {**progress, **times, "parents": [], "state": "running"}


@on_both
@pytest.mark.parametrize(
    ("parts", "params", "expected"),
    [
        (("sprints", "nobody"), {}, (404, "unknown_sprint", None)),
        (("sprints", "-bad"), {}, (400, "bad_field", "sprint_id")),
        (("sprints", "bad%0A", "events"), {}, (400, "bad_field", "sprint_id")),
        (("sprints", "bad%0A", "position"), {}, (400, "bad_field", "sprint_id")),
        (("sprints",), {"limit": "0"}, (400, "bad_field", "limit")),
        (("sprints",), {"before": "-1"}, (400, "bad_field", "before")),
        (("sprints",), {"before": "x"}, (400, "bad_field", "before")),
        (("sprints", "run", "events"), {"before": ""}, (400, "bad_field", "before")),
        (("sprints", "run", "events"), {"before": "2", "after": "1"}, (400, "bad_field", "before")),
        (("sprints", "run", "events"), {"limit": "0"}, (400, "bad_field", "limit")),
        (("sprints", "run", "events"), {"limit": "1001"}, (400, "bad_field", "limit")),
        (("sprints", "run", "events"), {"after": "-1"}, (400, "bad_field", "after")),
        (("sprints", "run", "events"), {"after": "9" * 5_000}, (400, "bad_field", "after")),
        (("sprints", "run", "events"), {"after": "0" * 17 + "9" * 30}, (400, "bad_field", "after")),
        (("sprints", "run", "events"), {"limit": "0" * 16 + "1999"}, (400, "bad_field", "limit")),
    ],
)
async def test_the_error_of_a_bad_request_names_what_is_wrong(
    get: Get,
    parts: tuple[str, ...],
    params: dict[str, str],
    expected: tuple[int, str, str | None],
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await get(*parts, **params)

    body = json.loads(refused.value.response.body)
    assert (refused.value.code, body["code"], body["field"]) == expected
    assert body["message"]


@on_both
async def test_history_is_read_in_pages(get: Get, broadcast: Any) -> None:
    for n in range(1, 6):
        await broadcast("run", type="log", message=f"line {n}")

    page = await get("sprints", "run", "events", after="2", limit="2")

    assert (page["first"], page["head"], page["next"]) == (1, 5, 4)
    assert [(event["seq"], event["message"]) for event in page["events"]] == [
        (3, "line 3"),
        (4, "line 4"),
    ]
    assert page["events"][0]["sprint_id"] == "run"


@on_both
async def test_history_comes_as_one_event_a_line_where_asked(jp_fetch: Any, broadcast: Any) -> None:
    await broadcast("run", type="log", message="a")
    await broadcast("run", type="log", message="b")

    answer = await jp_fetch(
        *("realtime", "api", "sprints", "run", "events"),
        headers={"Accept": "application/x-ndjson"},
    )

    lines = answer.body.decode().splitlines()
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    assert [json.loads(line)["message"] for line in lines] == ["a", "b"]


@on_both
async def test_h2_the_newest_events_are_read_before_a_seq(get: Get, broadcast: Any) -> None:
    for n in range(1, 6):
        await broadcast("run", type="log", message=f"line {n}")

    newest = await get("sprints", "run", "events", before="99", limit="2")
    older = await get("sprints", "run", "events", before=str(newest["next"]), limit="9")

    assert [event["seq"] for event in newest["events"]] == [4, 5]
    assert [event["seq"] for event in older["events"]] == [1, 2, 3]
    assert older["next"] is None


@on_both
async def test_h2_the_position_of_a_log_is_asked_for_without_its_events(
    get: Get, broadcast: Any
) -> None:
    await broadcast("run", type="log", message="x" * 60_000)

    position = await get("sprints", "run", "position")

    epoch = (await get("sprints", "run", "events"))["epoch"]
    assert position == {"epoch": epoch, "first": 1, "head": 1}


@on_both
async def test_the_position_of_a_log_is_read_without_reading_events(
    get: Get, broadcast: Any, extension: RealtimeWidgets, monkeypatch: pytest.MonkeyPatch
) -> None:
    await broadcast("run", type="log", message="hi")
    reads = []
    for name in ("read", "read_back", "channels", "saved_state"):
        monkeypatch.setattr(extension.hub.store, name, reads.append)

    position = await get("sprints", "run", "position")

    assert (position["head"], reads) == (1, [])


@on_both
@pytest.mark.parametrize("start", ["after=0", "before=999"])
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_h2_links_lead_from_page_to_page_of_large_events_until_the_last_one(
    jp_fetch: Any, connect: Any, start: str, accept: str
) -> None:
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": PUBLISHER_ID})
    large = {"type": "mine", "text": "x" * 250_000}
    for n in range(1, 11):
        await publisher.publish(n, large)

    found: set[int] = set()
    link = f"?{start}&limit=1000"
    while link:
        answer = await jp_fetch(
            *("realtime", "api", "sprints", "run", "events"),
            params=dict(parse_qsl(link.lstrip("?"))),
            headers={"Accept": accept},
        )
        assert len(answer.body) < 1.1 * 1024 * 1024
        assert "Etag" not in answer.headers
        text = answer.body.decode()
        is_json = accept == "application/json"
        events = json.loads(text)["events"] if is_json else map(json.loads, text.splitlines())
        found |= {event["seq"] for event in events}
        link = (answer.headers.get("Link") or "<>").partition(">")[0].lstrip("<")

    assert found == set(range(1, 11))


@on_both
async def test_h2_the_list_of_runs_comes_in_pages_each_with_an_etag(
    get: Get, jp_fetch: Any, broadcast: Any
) -> None:
    for name in ("a", "b", "c"):
        await broadcast(name, type="log", message="hi")
    first = await get("sprints", limit="2")
    route = ("realtime", "api", "sprints")
    params = {"limit": "2", "before": str(first["next"])}
    second = await jp_fetch(*route, params=params)

    again = await jp_fetch(
        *route,
        params=params,
        headers={"If-None-Match": second.headers["Etag"]},
        raise_error=False,
    )

    assert [run["sprint_id"] for run in first["sprints"]] == ["c", "b"]
    assert [run["sprint_id"] for run in json.loads(second.body)["sprints"]] == ["a"]
    assert json.loads(second.body)["next"] is None
    assert again.code == 304


async def test_h2_a_client_that_does_not_receive_its_page_keeps_no_other_from_theirs(
    get: Get, connect: Any, http_server_port: Any, jp_serverapp: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(routes, "RECEIVE_S", 1.0)
    listening, port = http_server_port
    # The system keeps no page for a connection; those that are accepted inherit it.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": PUBLISHER_ID})
    for n in range(1, 6):
        await publisher.publish(n, {"type": "mine", "text": "x" * 250_000})
    token = jp_serverapp.identity_provider.token
    path = f"{jp_serverapp.base_url}realtime/api/sprints/run/events"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {token}\r\n\r\n"
    clients = []
    for _ in range(PAGES_AT_ONCE):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        client.sendall(request.encode())
        clients.append(client)

    page = await get("sprints", "run", "events", limit="1")

    assert len(page["events"]) == 1
    for client in clients:
        client.close()


@on_both
async def test_a_reader_of_an_unknown_run_gets_an_empty_page(get: Get) -> None:
    page = await get("sprints", "nobody", "events")

    empty = {"epoch": None, "first": 1, "head": 0, "next": None, "events": []}
    assert page == {**empty, "similar": []}


@on_both
async def test_a_reader_of_an_unknown_run_learns_what_others_are_called(
    get: Get, broadcast: Any
) -> None:
    await broadcast("nightly-eval", type="log", message="hi")

    assert (await get("sprints", "nightly-evla", "events"))["similar"] == ["nightly-eval"]
    assert "similar" not in await get("sprints", "nightly-eval", "events")
    unknown = {"epoch": None, "first": 1, "head": 0, "similar": ["nightly-eval"]}
    assert await get("sprints", "nightly-evla", "position") == unknown


async def delete(jp_fetch: Any, sprint_id: str) -> int:
    answer = await jp_fetch(
        *("realtime", "api", "sprints", sprint_id), method="DELETE", raise_error=False
    )
    if answer.code != 204:
        assert json.loads(answer.body)["message"]
    return answer.code


@on_both
async def test_a_run_that_has_ended_is_deleted_with_its_events(
    jp_fetch: Any, get: Get, broadcast: Any
) -> None:
    await broadcast("run", type="status_update", status="running")
    await broadcast("run", type="status_update", status="succeeded")
    await broadcast("other", type="log", message="stays")

    assert await delete(jp_fetch, "run") == 204

    assert [run["sprint_id"] for run in (await get("sprints"))["sprints"]] == ["other"]
    assert (await get("sprints", "run", "events"))["events"] == []
    assert await delete(jp_fetch, "run") == 404


@on_both
@pytest.mark.parametrize("status", ["running", "needs_input"])
async def test_a_run_that_is_active_is_not_deleted(
    jp_fetch: Any, get: Get, broadcast: Any, status: str
) -> None:
    await broadcast("run", type="status_update", status=status)

    assert await delete(jp_fetch, "run") == 409
    assert (await get("sprints", "run"))["status"] == status


async def test_a_run_that_needs_input_because_of_its_agent_alone_is_deleted(
    jp_fetch: Any, get: Get, broadcast: Any
) -> None:
    asks = {"type": "RUN_FINISHED", "runId": "1", "outcome": {"type": "interrupt"}}
    await broadcast("run", type="agent_message", agent="planner", event=asks)

    assert (await get("sprints", "run"))["status"] == "needs_input"
    assert await delete(jp_fetch, "run") == 204


@on_both
async def test_a_run_without_a_status_is_not_deleted_while_its_publisher_is_there(
    jp_fetch: Any, connect: Any
) -> None:
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": PUBLISHER_ID, "lease": True})
    await publisher.publish(1, {"type": "log", "message": "hello"})

    assert await delete(jp_fetch, "run") == 409


@on_both
async def test_a_run_that_has_ended_is_deleted_though_its_publisher_is_still_there(
    jp_fetch: Any, connect: Any
) -> None:
    publisher = await connect()
    await publisher.hello(publish={"publisher_id": PUBLISHER_ID, "lease": True})
    await publisher.publish(1, {"type": "status_update", "status": "succeeded"})

    assert await delete(jp_fetch, "run") == 204


@on_both
@pytest.mark.parametrize(("sprint_id", "code"), [("nobody", 404), ("-bad", 400)])
async def test_only_a_run_that_is_there_is_deleted(
    jp_fetch: Any, sprint_id: str, code: int
) -> None:
    assert await delete(jp_fetch, sprint_id) == code


@on_both
async def test_a_viewer_gets_a_reset_when_its_run_is_deleted_and_sees_the_next_one(
    jp_fetch: Any, connect: Any, broadcast: Any
) -> None:
    await broadcast("run", type="status_update", status="succeeded")
    viewer = await connect()
    epoch = (await viewer.hello(watch={}))["epoch"]
    await viewer.events(1)

    assert await delete(jp_fetch, "run") == 204

    assert (await viewer.close_code())[0] == 4000
    again = await connect()
    welcome = await again.hello(watch={"after": {"epoch": epoch, "seq": 1, "entry": None}})
    assert (welcome["epoch"], welcome["head"], welcome["recovered"]) == (None, 0, False)
    assert await again.receive() == {"type": "reset", "epoch": None, "first": 1, "reason": "epoch"}
    await broadcast("run", type="log", message="a new log")
    assert [event["message"] for event in await again.events(1)] == ["a new log"]


@on_both
async def test_a_list_that_did_not_change_is_not_sent_again(jp_fetch: Any, broadcast: Any) -> None:
    await broadcast("run", type="log", message="hi")
    first = await jp_fetch("realtime", "api", "sprints")

    again = await jp_fetch(
        *("realtime", "api", "sprints"),
        headers={"If-None-Match": first.headers["Etag"]},
        raise_error=False,
    )

    assert (again.code, again.body) == (304, b"")


@on_both
async def test_what_is_sent_again_with_the_token_of_a_server_is_stored_once(
    jp_fetch: Any, broadcast: Callable[..., Awaitable[int]], get: Get
) -> None:
    await broadcast("run", type="status_update", status="running", attempt="m")
    await broadcast("run", type="inbox", attempt="m")
    await broadcast("run", type="question", id="q", message="Which?")

    async def seqs(**event: Any) -> set[int]:
        path = ("realtime", "api", "sprints", "run", "replies")
        body = json.dumps({"request": "r", **event})
        sent = [await jp_fetch(*path, method="POST", body=body) for _ in range(2)]
        return {json.loads(one.body)["seq"] for one in sent}

    assert await seqs(type="answer", id="q", value="a") == {4}
    assert await seqs(type="user_message", text="hello", attempt=1) == {5}
    assert await seqs(type="control", action="stop", attempt=1, request="s") == {6}
    assert (await get("sprints", "run"))["head"] == 6


@on_both
async def test_an_answer_is_posted_and_refused_where_another_was_first(
    jp_fetch: Any, broadcast: Callable[..., Awaitable[int]], get: Get
) -> None:
    await broadcast("run", type="question", id="q", message="Which?")

    async def post(value: str) -> Any:
        body = json.dumps({"type": "answer", "id": "q", "value": value})
        path = ("realtime", "api", "sprints", "run", "replies")
        return await jp_fetch(*path, method="POST", body=body)

    answer = await post("a")
    with pytest.raises(HTTPClientError) as refused:
        await post("b")

    assert json.loads(answer.body) == {"seq": 2}
    assert refused.value.code == 409
    (answered,) = (await get("sprints", "run"))["questions"]["answered"]
    assert answered["value"] == "a"
    assert answered["user"]
