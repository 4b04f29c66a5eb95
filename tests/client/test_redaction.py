"""What lets a process publish is in nothing that it publishes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_widgets import Sprint
from realtime_widgets.client import redaction
from realtime_widgets.client.redaction import MASK, Redactor, redact

from .reading import lines, published

if TYPE_CHECKING:
    from .hub_server import HubServer

TOKEN = "pT3_vX9-kQ2aZ7mLw0Rb5Yc8Nd1Fe4Gh6Ji-Ok_Su"  # noqa: S105 - of no server
ODD = 'quote"back\\slash plus+per%cent'


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_remembered", frozenset())
    monkeypatch.setattr(redaction, "_masks_environment", False)
    monkeypatch.setattr(redaction, "READ_AGAIN_S", 0.0)
    monkeypatch.setattr(redaction, "_read_again_at", 0.0)
    for name in redaction.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", TOKEN)


def is_hidden(text: str, secret: str = TOKEN) -> bool:
    """Whether no eight characters of the secret stand together anywhere."""
    pieces = (secret[start : start + 8] for start in range(len(secret) - 7))
    return not any(piece in text for piece in pieces)


def test_b3_a_command_that_prints_its_environment_prints_no_token(sprint: Sprint) -> None:
    sprint.run([sys.executable, "-c", "import os; print(dict(os.environ))"])

    assert is_hidden(str(published(sprint)))
    assert f"'REALTIME_WIDGETS_TOKEN': '{MASK}'" in str(published(sprint))


def test_b3_every_verb_hides_the_token(sprint: Sprint) -> None:
    sprint.log(f"a {TOKEN} b", source=TOKEN)
    sprint.status("running", f"http://localhost:8888/?token={TOKEN}")
    sprint.progress(TOKEN, 1, unit=TOKEN[:32], parent=TOKEN)
    sprint.agent_event(TOKEN, {"type": "X", TOKEN: [{"deep": TOKEN}]})
    sprint.emit({"type": "mine", "headers": {"Authorization": f"token {TOKEN}"}})
    with sprint.message(TOKEN) as reply:
        reply.write(TOKEN)
    with pytest.raises(ValueError, match="bad"), sprint:
        raise ValueError("bad " + TOKEN)

    stored = published(sprint)
    assert is_hidden(str(stored))
    assert stored[0]["message"] == f"a {MASK} b"
    assert stored[4]["headers"] == {"Authorization": f"token {MASK}"}


@pytest.mark.parametrize("cut", [8, 12, 20, 33])
def test_b3_a_token_that_is_cut_over_two_lines_is_hidden(sprint: Sprint, cut: int) -> None:
    sprint.log(f"token: {TOKEN[:cut]}")
    sprint.log(f"{TOKEN[cut:]} and more")
    sprint.log(f"wrapped {TOKEN[:cut]}\n        {TOKEN[cut:]}")

    assert is_hidden(str(lines(sprint)))
    assert lines(sprint)[0] == f"token: {MASK}"
    assert lines(sprint)[1].endswith(" and more")


def test_b3_a_token_in_a_url_is_hidden(monkeypatch: pytest.MonkeyPatch, sprint: Sprint) -> None:
    monkeypatch.setenv("JUPYTER_TOKEN", ODD)

    sprint.log(f"?token={quote(ODD, safe='')}")
    sprint.log(ODD)

    assert lines(sprint) == [f"?token={MASK}", MASK]


def test_b3_the_token_of_a_named_server_is_hidden(server: HubServer, sprint: Sprint) -> None:
    remote = Sprint(sprint.sprint_id, server=server.argument)
    token = server.argument.partition("token=")[2]
    assert token

    sprint.log(f"it is {token}")
    remote.close()

    assert lines(sprint) == [f"it is {MASK}"]


@settings(max_examples=200)
@given(
    st.lists(st.integers(1, 12), min_size=4, max_size=60), st.sampled_from(["", "x ", TOKEN[:5]])
)
def test_b3_a_token_that_an_agent_writes_in_pieces_is_hidden(sizes: list[int], before: str) -> None:
    whole = f"{before}{TOKEN} after {TOKEN}."
    redactor, shown, start = Redactor(), "", 0
    for size in sizes:
        shown += redactor.feed(whole[start : start + size])
        start += size
    shown += redactor.feed(whole[start:]) + redactor.finish()

    assert is_hidden(shown)
    assert shown.endswith(".")
    assert " after " in shown
    assert len(shown) < len(before) + 40


@settings(max_examples=200)
@given(
    st.lists(st.text(max_size=20) | st.integers(1, 7).map(lambda size: TOKEN[:size]), max_size=20)
)
def test_b3_a_text_without_a_secret_comes_out_as_it_went_in(pieces: list[str]) -> None:
    redactor = Redactor()

    shown = "".join(map(redactor.feed, pieces)) + redactor.finish()

    if is_hidden("".join(pieces)):
        assert shown == "".join(pieces)
    assert is_hidden(shown)


def test_b3_a_message_in_pieces_ends_with_all_of_its_text(sprint: Sprint) -> None:
    with sprint.message("planner") as reply:
        for character in f"it is {TOKEN}, and {TOKEN[:6]}":
            reply.write(character)

    deltas = [event["event"].get("delta", "") for event in published(sprint)]
    assert "".join(deltas) == f"it is {TOKEN[:3]}{MASK}, and {TOKEN[:6]}"


@pytest.mark.parametrize(
    ("add", "end", "name"),
    [
        ("TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "messageId"),
        ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END", "message_id"),
        ("TOOL_CALL_ARGS", "TOOL_CALL_END", "toolCallId"),
        ("TEXT_MESSAGE_CHUNK", "RUN_FINISHED", "messageId"),
    ],
)
def test_b3_a_token_in_small_events_of_an_agent_is_hidden(
    sprint: Sprint, add: str, end: str, name: str
) -> None:
    text = f"it is {TOKEN}, and"
    for start in range(0, len(text), 3):
        for stream in ("one", "two"):
            sprint.agent_event("a", {"type": add, name: stream, "delta": text[start : start + 3]})
    for stream in ("one", "two"):
        sprint.agent_event("a", {"type": end, name: stream})

    written = [event["event"] for event in published(sprint)]
    wire = {"message_id": "messageId"}.get(name, name)
    for stream in ("one", "two"):
        deltas = [event.get("delta", "") for event in written if event[wire] == stream]
        assert "".join(deltas) == f"it is {TOKEN[:3]}{MASK}, and"
    assert [event["type"] for event in written[-2:]] == [end, end]


def test_b3_other_variables_are_hidden_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, sprint_id: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-real-key-0123456789")
    monkeypatch.setenv("DB_PASSWORD", "short")
    monkeypatch.setenv("EDITOR", "a-long-name-of-an-editor")
    text = " ".join(os.environ[name] for name in ("OPENAI_API_KEY", "DB_PASSWORD", "EDITOR"))

    sprint = Sprint(sprint_id)
    sprint.log(text)
    assert sprint.flush() == 0
    Sprint(sprint_id, mask_environment=True)
    sprint.log(text)

    assert lines(sprint) == [text, f"{MASK} short a-long-name-of-an-editor"]


def test_b3_a_short_token_is_a_word_like_others(
    monkeypatch: pytest.MonkeyPatch, sprint: Sprint
) -> None:
    monkeypatch.setenv("REALTIME_WIDGETS_TOKEN", "secret")

    sprint.log("a secret")

    assert lines(sprint) == ["a secret"]
    assert redact("a secret") == "a secret"
