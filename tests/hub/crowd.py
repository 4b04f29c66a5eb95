"""Publishers of one run that begin, ask, end, die, are cut off and come back, without a hub's loop.

`Leases` decides what the hub adds to a status, and what it publishes itself; what follows is the
state's. `python -m tests.hub.crowd` writes what some crowds did as vectors, which the front end
replays too.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realtime_widgets.hub.leases import Leases
from realtime_widgets.protocol.events import HELD_STATUSES, validate_event
from realtime_widgets.protocol.run_state import RunState
from tests.protocol.run_states import as_vector, reduced, stored_at

if TYPE_CHECKING:
    from realtime_widgets.protocol.members import Member

LEASE_S = 40
VECTORS = Path(__file__).parents[1] / "vectors/state-generated.json"


class Session:
    """A connection that sends messages as long as nothing happens to it."""

    def __init__(self, now: float) -> None:
        self.received_at = now

    def alive_at(self, now: float) -> float:
        return now


@dataclass
class Worker:
    """A process that publishes the run."""

    session: Session | None
    member: str | None = None
    """What it continues with."""
    was_cut_off: bool = False
    """Whether its connection was lost since it began."""
    unsent: list[dict[str, Any]] = field(default_factory=list)


class Crowd:
    """Some workers and a hub."""

    def __init__(self, workers: int) -> None:
        self.now = 0.0
        self.leases = Leases(self.now, LEASE_S, clock=lambda: self.now)
        self.workers = [Worker(Session(self.now)) for _ in range(workers)]
        self.log: list[dict[str, Any]] = []
        self.state = RunState(sprint_id="run")
        self._members = 0

    # What a worker does.

    def begin(self, worker: Worker) -> None:
        """Also where it continues an attempt, as a cell that is run again."""
        self._members += 1
        worker.member = f"m{self._members}"
        worker.was_cut_off = worker.session is None
        self._publish(worker, "running")

    def change_status(self, worker: Worker, status: str) -> None:
        self._publish(worker, status, message=f"{worker.member} {status}")

    def end(self, worker: Worker, status: str) -> None:
        self._publish(worker, status, message=f"{worker.member} {status}")
        worker.member = None

    def die(self, worker: Worker) -> None:
        """As a kernel of the server's, which knows at once that it died."""
        self.cut_off(worker)
        if worker.member is not None:
            self.leases.set_cause(worker.member, "kernel_died")
        worker.member = None
        worker.unsent.clear()

    def cut_off(self, worker: Worker) -> None:
        worker.was_cut_off = True
        if worker.session is not None:
            self.leases.release(worker.session, now=self.now)  # type: ignore[arg-type] # as far as needed
            worker.session = None

    def connect(self, worker: Worker) -> None:
        if worker.session is None:
            worker.session = Session(self.now)
            if worker.member is not None:
                self.leases.acquire(worker.session, worker.member)  # type: ignore[arg-type] # as above
            while worker.unsent:
                self._take(worker.session, worker.unsent.pop(0))

    def _publish(self, worker: Worker, status: str, **fields: Any) -> None:
        event = {"type": "status_update", "status": status, "attempt": worker.member, **fields}
        if worker.session is None:
            worker.unsent.append(event)
        else:
            self._take(worker.session, event)

    # What the hub does.

    def _take(self, session: Session, event: dict[str, Any]) -> None:
        members = self.state.members.left
        joins = self.leases.receive(
            session,  # type: ignore[arg-type] # as above
            [validate_event(event)],
            members,
            now=self.now,
        )
        self._store(event | ({"joins": joins[0]} if joins else {}))

    def pass_time(self, seconds: int) -> None:
        """Let time pass, in which connected publishers send messages."""
        for _ in range(seconds):
            self.now += 1
            for worker in self.workers:
                if worker.session is not None:
                    worker.session.received_at = self.now
            for member, verdict in self.leases.evaluate(self.state.members.left, now=self.now):
                self._store(self._word(member, verdict))
            self.leases.prune(self.state.members.left, now=self.now)

    def _word(self, member: Member, verdict: str) -> dict[str, Any]:
        about = {"type": "status_update", "attempt": member.id}
        if verdict == "lost":
            seen_at, cause = self.leases.seen_at(member.id, self.now), self.leases.cause(member.id)
            return about | {"status": "lost", "last_seen": seen_at, "cause": cause}
        return about | {"status": member.status, "message": member.message, "back": True}

    def _store(self, event: dict[str, Any]) -> None:
        self.log.append(event)
        self.state.apply(len(self.log), stored_at(len(self.log)), [validate_event(event)])

    # What is seen.

    @property
    def is_held(self) -> bool:
        return self.state.status in HELD_STATUSES


def act_at_random(crowd: Crowd, chance: random.Random) -> None:
    """Do one thing that may happen."""
    worker = chance.choice(crowd.workers)
    if worker.session is None and chance.random() < 0.5:
        crowd.connect(worker)
    elif worker.member is None:
        crowd.begin(worker)
    else:
        match chance.randrange(7):
            case 0:
                crowd.change_status(worker, chance.choice(["running", "needs_input", "pending"]))
            case 1:
                crowd.die(worker)
            case 2:
                crowd.cut_off(worker)
            case 3:
                crowd.begin(worker)
            case _:
                crowd.end(worker, chance.choice(["succeeded", "succeeded", "cancelled", "failed"]))
    crowd.pass_time(chance.choice([0, 0, 1, LEASE_S + 2]))


def vectors(count: int = 40) -> list[dict[str, Any]]:
    """What so many crowds did, and what came of it."""
    made = []
    for seed in range(count):
        chance = random.Random(seed)  # noqa: S311 - the same each time
        crowd = Crowd(workers=3)
        for _ in range(chance.randint(4, 16)):
            act_at_random(crowd, chance)
        name = f"B33 crowd {seed + 1}"
        made.append({"name": name, "events": crowd.log, "state": as_vector(reduced(crowd.log))})
    return made


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(vector) for vector in vectors())
    VECTORS.write_text(f'{{"vectors": [\n{lines}\n]}}\n')
