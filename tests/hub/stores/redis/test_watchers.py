"""Users who watch at one server are counted at the other; of two answers the same is the first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from realtime_widgets.errors import InvalidEventError
from tests.hub.test_watchers import newest, page
from tests.redis_server import new_address
from tests.waiting import until

from .test_store import two_hubs

if TYPE_CHECKING:
    from realtime_widgets.hub import Hub


async def test_users_of_both_servers_are_counted_and_those_of_one_that_left_are_not() -> None:
    async with two_hubs(new_address()) as (one, other):
        alice, bob = await page(one, "Alice"), await page(other, "Bob")
        await until(lambda: newest(alice) == (2, ["Alice", "Bob"]), "Alice sees Bob")
        await until(lambda: newest(bob) == (2, ["Alice", "Bob"]), "Bob sees Alice")

        bob.connection.gone()
        await until(lambda: newest(alice) == (1, ["Alice"]), "Bob has left")


async def test_of_two_answers_at_two_servers_one_counts_and_both_servers_name_it() -> None:
    async def post(hub: Hub, question_id: str, user: str) -> str:
        answer = {"type": "answer", "id": question_id, "value": user}
        try:
            await hub.replies.store("run", answer, user)
        except InvalidEventError as error:
            return error.code
        return user

    async with two_hubs(new_address()) as (one, other):
        await page(other, "Bob")  # so that this server follows the run
        for n in range(10):
            question = {"type": "question", "id": f"q{n}", "message": "Which?"}
            await one.broadcast("run", question)
            await until(lambda n=n: _is_open(other, f"q{n}"), "the other server has it")

            answers = await asyncio.gather(post(one, f"q{n}", "alice"), post(other, f"q{n}", "bob"))

            [first] = {"alice", "bob"}.intersection(answers)
            assert "already_answered" in answers
            for hub in (one, other):
                state = await hub.state("run")
                assert state is not None
                assert state.questions is not None
                answered = state.questions.answer_to(f"q{n}")
                assert answered is not None
                assert answered.user == first


def _is_open(hub: Hub, question_id: str) -> bool:
    questions = hub.channels["run"].state.questions
    return questions is not None and questions.find(question_id) is not None
