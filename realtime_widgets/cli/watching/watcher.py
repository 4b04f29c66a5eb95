"""Watches a run in the terminal until the user quits: what the feed, the keys and the clock do."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from realtime_widgets.cli.sending import REPLY_S, REQUEST_BITS
from realtime_widgets.cli.watching.controls import Controls
from realtime_widgets.cli.watching.earlier import Earlier
from realtime_widgets.cli.watching.feed import Feed
from realtime_widgets.cli.watching.followed_run import FollowedRun
from realtime_widgets.cli.watching.full_screen import FullScreen
from realtime_widgets.cli.watching.loop import Loop
from realtime_widgets.cli.watching.page import draw
from realtime_widgets.cli.watching.question_bar import QuestionBar
from realtime_widgets.cli.watching.view import View
from realtime_widgets.client.replying import post_reply
from realtime_widgets.display.terminal.plain import one_line
from realtime_widgets.errors import InvalidEventError
from realtime_widgets.protocol.ids import random_id

if TYPE_CHECKING:
    from pydantic import JsonValue

    from realtime_widgets.client.server import Server
    from realtime_widgets.protocol.questions import OpenQuestion
    from realtime_widgets.protocol.sessions.watch import Notice

__all__ = ["Watcher"]

DRAW_S = 0.1
"""Shortest time between two drawings for what the run does, in seconds; keys are drawn at once."""

CLOCK_S = 1.0
"""How often times are drawn while the run is in progress, in seconds."""


class Watcher:
    """Shows a run in the terminal.

    Args:
        server: The server.
        sprint_id: The run, which may begin later.
    """

    def __init__(self, server: Server, sprint_id: str) -> None:
        self._server = server
        self._sprint_id = sprint_id
        self._view = View(FollowedRun(sprint_id))
        self._controls = Controls(self._view, self)
        self._loop = Loop()
        self._earlier = Earlier(server, self._view, self._loop)
        self._has_quit = False
        self._failure: BaseException | None = None
        self._must_draw = True

    def run(self) -> None:
        """Show the run until the user quits.

        Raises:
            ConnectionClosedError: The server refuses the connection for good.
        """
        self._feed = Feed(
            self._server,
            self._sprint_id,
            on_notices=lambda notices: self._loop.call_soon(partial(self._take, notices)),
            on_change=lambda: self._loop.call_soon(self._note_connection),
            on_end=lambda error: self._loop.call_soon(partial(self._fail, error)),
        )
        try:
            with FullScreen(lambda: self._loop.call_soon(lambda: None)) as screen:
                self._show(screen)
        finally:
            self._feed.close()
        if self._failure is not None:
            raise self._failure

    def _show(self, screen: FullScreen) -> None:
        drawn_at = 0.0
        while not self._has_quit:
            now = time.monotonic()
            if self._must_draw and now >= drawn_at + DRAW_S:
                width, height = screen.size
                screen.draw(draw(self._view, width, height, time.time()))
                self._must_draw, drawn_at = False, now
                self._earlier.load(self._feed.epoch)
            typed = self._loop.wait(screen.keys, self._pause(drawn_at))
            if typed:
                self._earlier.retry()
                self._controls.take(typed)
                drawn_at = 0.0
            if typed is not None or time.monotonic() >= drawn_at + CLOCK_S:
                self._must_draw = True

    def _pause(self, drawn_at: float) -> float | None:
        """Return how long to wait for keys and events; None where no time is shown that moves."""
        if not self._must_draw and self._view.run.is_over and self._view.bar is None:
            return None
        every = DRAW_S if self._must_draw else CLOCK_S
        return max(drawn_at + every - time.monotonic(), 0.0)

    # What the feed brings.

    def _take(self, notices: list[Notice]) -> None:
        self._view.run.take(notices)
        self._follow_questions()
        self._note_connection()
        self._feed.taken()

    def _note_connection(self) -> None:
        connection = self._view.connection
        connection.is_open = self._feed.is_open
        connection.lost_at = self._feed.lost_at
        connection.similar = self._feed.similar

    def _fail(self, error: BaseException) -> None:
        self._failure, self._has_quit = error, True

    def _follow_questions(self) -> None:
        """Show a question that is open, the same one as long as it is."""
        view, questions = self._view, self._view.run.questions
        shown = view.bar.question.id if view.bar else None
        if any(question.id == shown for question in questions):
            return
        if view.mode == "answering":
            view.mode = "reading"
        view.bar = self._bar(questions[0]) if questions else None

    def _bar(self, question: OpenQuestion) -> QuestionBar:
        return QuestionBar(question, partial(self._answer, question))

    # What keys do.

    def quit(self) -> None:
        """End the view."""
        self._has_quit = True

    def next_question(self) -> None:
        """Show the next open question."""
        view, questions = self._view, self._view.run.questions
        if view.bar is None or len(questions) < 2:  # noqa: PLR2004 - there is another one
            return
        ids = [question.id for question in questions]
        view.bar = self._bar(questions[(ids.index(view.bar.question.id) + 1) % len(ids)])

    def stop_run(self) -> None:
        """Stop the newest attempt."""
        attempt = self._view.run.state.attempt
        self._post({"type": "control", "action": "stop", "attempt": attempt})

    def _answer(self, question: OpenQuestion, value: JsonValue) -> None:
        self._post({"type": "answer", "id": question.id, "value": value})

    def _post(self, event: dict[str, Any]) -> None:
        named = {**event, "request": random_id(REQUEST_BITS)}

        def work() -> int:
            return post_reply(self._server, self._sprint_id, named, timeout=REPLY_S)

        def then(result: object) -> None:
            if isinstance(result, Exception):
                reason = result.reason if isinstance(result, InvalidEventError) else result
                self._view.notice = one_line(reason)
                self._begin_again(event.get("id"))

        self._loop.in_background(work, then)

    def _begin_again(self, question_id: str | None) -> None:
        """The answer to this question was refused: where it is still open it is typed again."""
        view = self._view
        if view.bar is not None and view.bar.question.id == question_id:
            view.bar.refuse()
            view.mode = "reading"
