"""Any interleaving of publishers of one run, against what is right of its status (protocol 4.2)."""

from __future__ import annotations

import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from realtime_widgets.protocol.events import FINAL_STATUSES

from .crowd import LEASE_S, VECTORS, Crowd, Worker, vectors

NUMBERS = st.integers(0, 3)


class CrowdMachine(RuleBasedStateMachine):
    """Workers begin, ask, end, die, are cut off and come back, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[int, list[str]] = {}
        """How the members of each attempt ended."""

    @initialize(workers=st.integers(1, 4))
    def start(self, workers: int) -> None:
        self.crowd = Crowd(workers)

    def worker(self, number: int) -> Worker:
        return self.crowd.workers[number % len(self.crowd.workers)]

    @rule(number=NUMBERS)
    def connect(self, number: int) -> None:
        self.crowd.connect(self.worker(number))

    @rule(number=NUMBERS)
    def begin(self, number: int) -> None:
        worker = self.worker(number)
        if worker.member is None:
            self.crowd.begin(worker)

    @rule(number=NUMBERS)
    def begin_again(self, number: int) -> None:
        """As a cell that is run again and did not end."""
        self.crowd.begin(self.worker(number))

    @rule(number=NUMBERS, status=st.sampled_from(["running", "needs_input", "pending"]))
    def change_status(self, number: int, status: str) -> None:
        worker = self.worker(number)
        if worker.member is not None:
            self.crowd.change_status(worker, status)

    @rule(number=NUMBERS, status=st.sampled_from(sorted(FINAL_STATUSES)))
    def end(self, number: int, status: str) -> None:
        worker = self.worker(number)
        if worker.member is not None:
            if worker.session and self.crowd.state.members.find(worker.member):
                self.ends.setdefault(self.crowd.state.attempt, []).append(status)
            self.crowd.end(worker, status)

    @rule(number=NUMBERS)
    def die(self, number: int) -> None:
        self.crowd.die(self.worker(number))

    @rule(number=NUMBERS)
    def cut_off(self, number: int) -> None:
        self.crowd.cut_off(self.worker(number))

    @rule(number=NUMBERS, other=NUMBERS, status=st.sampled_from(sorted(FINAL_STATUSES)))
    def end_after_another_began(self, number: int, other: int, status: str) -> None:
        """A worker that was cut off does not know that the run was started again."""
        self.cut_off(number)
        self.begin_again(other)
        self.connect(number)
        self.end(number, status)

    @rule(seconds=st.sampled_from([1, LEASE_S // 2, LEASE_S + 2]))
    def pass_time(self, seconds: int) -> None:
        self.crowd.pass_time(seconds)

    @precondition(lambda self: not any(worker.member for worker in self.crowd.workers))
    @rule()
    def no_member_is_left(self) -> None:
        self.crowd.pass_time(LEASE_S + 2)

        assert not self.crowd.is_held
        if self.crowd.state.attempt:
            assert self.crowd.state.status in FINAL_STATUSES | {"lost"}

    @invariant()
    def a_connected_member_keeps_the_run_active(self) -> None:
        for worker in self.crowd.workers:
            if self.is_there(worker):
                assert self.crowd.state.status in {"running", "needs_input", "pending"}
                assert self.crowd.state.members.find(worker.member) is not None

    @staticmethod
    def is_there(worker: Worker) -> bool:
        """Whether it continues what it began on a connection that was never lost since."""
        return worker.member is not None and not worker.was_cut_off

    @invariant()
    def a_run_that_has_ended_ended_as_badly_as_its_members(self) -> None:
        state = self.crowd.state
        ends = self.ends.get(state.attempt, [])
        if "failed" in ends:
            assert state.status not in {"succeeded", "cancelled"}
        if "cancelled" in ends:
            assert state.status != "succeeded"


TestB33Crowd = CrowdMachine.TestCase
TestB33Crowd.settings = settings(max_examples=150, stateful_step_count=30)


def test_b33_the_vectors_are_what_the_crowds_do() -> None:
    """Where this fails: `python -m tests.hub.crowd`."""
    assert json.loads(VECTORS.read_text())["vectors"] == vectors()
