"""The client sessions replay `tests/vectors`, as those of the front end do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from realtime_widgets.protocol.events import SERVER_FIELDS
from realtime_widgets.protocol.messages import (
    Direct,
    Gap,
    Presence,
    Reset,
    State,
    Trouble,
    Watching,
)
from realtime_widgets.protocol.position import Position
from realtime_widgets.protocol.sessions.client import ClientSession
from realtime_widgets.protocol.sessions.publish import PublishSession
from realtime_widgets.protocol.sessions.watch import NewEvents, Notice, WatchSession

VECTORS = Path(__file__).parents[2] / "vectors"


class Replay:
    """A client that does what a vector has, and records what it sends and passes on."""

    def __init__(self, base: dict[str, Any], given: dict[str, Any]) -> None:
        self._base = base
        self._now = 0.0
        after = given["position"] and Position.model_validate(given["position"])
        newest = given.get("newest")
        self.watch = (
            WatchSession(given["sprint_id"], after, newest=newest) if given["watch"] else None
        )
        self.publish = self._new_publisher(given) if given["publisher_id"] else None
        self.session = ClientSession(given["sprint_id"], watch=self.watch, publish=self.publish)
        self._waiting: list[Any] = []
        self._sends = 0
        self.sent: list[Any] = []
        self.notices: list[Any] = []

    @staticmethod
    def _new_publisher(given: dict[str, Any]) -> PublishSession:
        ids = iter([given["publisher_id"], given.get("next_publisher_id")])
        return PublishSession(lambda: next(ids))

    @property
    def unacknowledged(self) -> list[int]:
        assert self.publish is not None
        return list(range(self.publish.acked + 1, self._sends + 1))

    def step(self, kind: str, value: Any) -> None:
        match kind:
            case "open":
                self.session.open(now=self._now, ticket=value)
            case "receive":
                message = {**self._base.get(value["type"], {}), **value}
                self.session.receive(json.dumps(message), now=self._now)
            case "receive_text":
                self.session.receive(value, now=self._now)
            case "send":
                self._sends += 1
                self._waiting.append(value)
            case "tick":
                self._now = value
                self.session.tick(now=value)
            case "lost":
                self.session.lost()
        self._drain()

    def _drain(self) -> None:
        if self.publish:
            while self._waiting and self.publish.room:
                room = self.publish.room
                self.publish.feed(self._waiting[:room])
                del self._waiting[:room]
            self.notices += [
                {"refused": {"n": nack.n, "code": nack.code, "message": nack.message}}
                for nack in self.publish.refusals()
            ]
        self.sent += [json.loads(message) for message in self.session.to_send()]
        self.notices += [
            {"error": {"code": error.code, "message": error.message}}
            for error in self.session.errors()
        ]
        for notice in self.watch.take() if self.watch else []:
            self.notices += as_vector(notice)


def as_vector(notice: Notice) -> list[dict[str, Any]]:  # noqa: PLR0911 - one for each kind
    match notice:
        case NewEvents():
            return [
                {
                    "seq": event.seq,
                    "event": event.model_dump(exclude=set(SERVER_FIELDS), exclude_unset=True),
                }
                for event in notice.events
            ]
        case Gap():
            return [{"gap": {"from": notice.from_, "to": notice.to, "reason": notice.reason}}]
        case Reset():
            return [{"reset": {"reason": notice.reason}}]
        case Direct():
            return [{"direct": notice.event.model_dump(exclude_unset=True)}]
        case Trouble():
            return [{"trouble": {"code": notice.code, "message": notice.message}}]
        case Presence():
            return [{"presence": {"disconnected_at": notice.disconnected_at}}]
        case Watching():
            return [{"watching": {"count": notice.count, "names": notice.names}}]
        case State():
            return [{"state": {"head": notice.state.head, "status": notice.state.status}}]


def vectors() -> list[Any]:
    found = []
    for name in ("watch", "publish"):
        document = json.loads((VECTORS / f"{name}.json").read_text())
        found += [
            pytest.param(document["base"], vector, id=f"{name}: {vector['name']}")
            for vector in document["vectors"]
        ]
    return found


@pytest.mark.parametrize(("base", "vector"), vectors())
def test_the_client_does_what_the_vector_expects(
    base: dict[str, Any], vector: dict[str, Any]
) -> None:
    replay = Replay(base, vector["given"])

    for step in vector["when"]:
        [(kind, value)] = step.items()
        replay.step(kind, value)

    then = vector["then"]
    assert replay.sent == then["sent"]
    assert replay.notices == then["notices"]
    assert replay.session.close_code == then["close"]
    if "position" in then:
        assert replay.watch
        position = replay.watch.position
        assert (position and position.model_dump()) == then["position"]
        assert replay.watch.is_caught_up == then["caught_up"]
    if "similar" in then:
        assert replay.watch
        assert replay.watch.similar == then["similar"]
    if "unacknowledged" in then:
        assert replay.unacknowledged == then["unacknowledged"]
