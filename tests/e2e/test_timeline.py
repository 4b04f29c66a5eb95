"""The timeline in a browser: what agents do, row by row."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.waiting import PATIENCE_MS

from .conftest import SCREENSHOTS
from .test_access import PAGE, violations
from .widget_page import VIEW, show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Browser, Page

VECTORS = Path(__file__).parents[1] / "vectors" / "agui"

ANSWER = """I found **6 charges**, of which 3 are duplicates:

| id | amount |
|----|-------:|
| `ch_2` | $19.99 |
| `ch_4` | $19.99 |

1. Refund *ch_2* and *ch_4*
2. Write to [the customer](https://example.org/8812)

```python
for charge in duplicates:
    refund(charge, reason="duplicate")
```
"""

LOGS = [
    {"type": "log", "message": "rate limited by payments API", "level": "warning", "source": "pay"},
    {"type": "log", "message": "epoch 39"},
]


def call(number: int, tool: str, args: dict[str, Any], **result: object) -> list[dict[str, Any]]:
    """Events of a tool call; without a result it is in progress."""
    call_id = f"c{number}"
    owner = {"subagentRunId": result.pop("owner")} if "owner" in result else {}
    events = [
        {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": tool, **owner},
        {"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": json.dumps(args), **owner},
        {"type": "TOOL_CALL_END", "toolCallId": call_id, **owner},
    ]
    if result:
        events.append({"type": "TOOL_CALL_RESULT", "toolCallId": call_id, **owner, **result})
    return events


def message(number: int, text: str) -> list[dict[str, Any]]:
    fields = {"messageId": f"m{number}"}
    return [
        {"type": "TEXT_MESSAGE_START", **fields, "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", **fields, "delta": text},
        {"type": "TEXT_MESSAGE_END", **fields},
    ]


SUBAGENTS: list[dict[str, Any]] = [
    {
        "type": "RUN_STARTED",
        "threadId": "t",
        "runId": "r",
        "input": {
            "messages": [
                {"id": "u", "role": "user", "content": "Refund the duplicate charges of 8812."}
            ]
        },
    },
    {"type": "REASONING_MESSAGE_START", "messageId": "t1", "role": "reasoning"},
    {
        "type": "REASONING_MESSAGE_CONTENT",
        "messageId": "t1",
        "delta": "The table has 7,043 rows. I should look at duplicates first.",
    },
    {"type": "REASONING_MESSAGE_END", "messageId": "t1"},
    *call(
        1, "crm.get_customer", {"id": 8812, "fields": ["name", "charges"]}, content='{"id":8812}'
    ),
    *message(1, ANSWER),
    *call(2, "payments.refund", {"charge": "ch_2"}, content="ok"),
    *call(3, "payments.refund", {"charge": "ch_4"}, content="ok"),
    *call(4, "payments.refund", {"charge": "ch_9"}, content="", error="404 no such charge"),
    *call(5, "payments.list", {"customer": 8812}, content="[]"),
    {
        "type": "STATE_SNAPSHOT",
        "snapshot": {"refunded": ["ch_2"], "left": 1, "customer": {"id": 8812}},
    },
    {"type": "STATE_DELTA", "delta": [{"op": "replace", "path": "/left", "value": 0}]},
    *call(6, "delegate", {"to": ["reader", "writer"]}),
    *(
        {
            "type": "SUBAGENT_STARTED",
            "name": name,
            "description": description,
            "parentToolCallId": "c6",
            "subagentRunId": name,
        }
        for name, description in (("reader", "reads the policy"), ("writer", "writes the e-mail"))
    ),
    *call(7, "search", {"query": "refund policy"}, owner="reader", content="3 pages"),
    *call(
        8,
        "sql",
        {"query": "select * from custmers"},
        owner="reader",
        content="",
        error="no such table: custmers",
    ),
    {
        "type": "SUBAGENT_ERROR",
        "subagentRunId": "reader",
        "message": "gave up after 1 failed query",
    },
    *call(9, "draft", {"to": "8812", "tone": "friendly"}, owner="writer"),
    {
        "type": "TEXT_MESSAGE_CHUNK",
        "messageId": "m9",
        "role": "assistant",
        "delta": "Dear customer, we have refunded",
        "subagentRunId": "writer",
    },
]

INTERRUPTED: list[dict[str, Any]] = [
    *SUBAGENTS[:6],
    *message(2, "Two charges are left."),
    *call(10, "payments.refund", {"charge": "ch_9"}),
    {
        "type": "RUN_FINISHED",
        "outcome": {
            "type": "interrupt",
            "interrupts": [
                {
                    "id": "i",
                    "reason": "tool_approval",
                    "message": "Refund $59.97?",
                    "toolCallId": "c10",
                }
            ],
        },
    },
]


def recorded(name: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())["events"]
    return events


def as_messages(events: Iterable[dict[str, Any]], agent: str) -> list[dict[str, Any]]:
    """The events of a run that began a moment ago, half a second apart."""
    began = time.time() - 30
    return [
        {"type": "agent_message", "agent": agent, "event": event, "time": began + n / 2}
        for n, event in enumerate(events)
    ]


def a_run(
    events: list[dict[str, Any]], agent: str, status: str = "running"
) -> list[dict[str, Any]]:
    messages = as_messages(events, agent)
    middle = len(messages) * 2 // 3
    warning = {**LOGS[0], "time": messages[middle]["time"] + 0.1}
    return [
        {"type": "status_update", "status": "running"},
        *messages[: middle + 1],
        warning,
        *messages[middle + 1 :],
        LOGS[1],
        *([] if status == "running" else [{"type": "status_update", "status": status}]),
    ]


def test_a_failed_tool_is_named_so_and_rows_are_reached_by_keyboard(page: Page) -> None:
    show(page, PAGE, events=a_run(SUBAGENTS, "orchestrator"), height="900px")
    failed = page.get_by_role("article", name="tool sql, failed")
    expect(failed).to_contain_text("no such table: custmers")

    page.locator(".rtw-timeline-rows").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    row = page.locator(".rtw-row:focus")
    expect(row).to_have_attribute("aria-label", "tool draft, no result yet")
    page.keyboard.press("Enter")

    expect(row.locator(".rtw-pre")).to_contain_text('"tone": "friendly"')
    assert violations(page, ".rtw-timeline") == []


RUNS = {
    "langgraph": (recorded("langgraph"), "langgraph", "succeeded"),
    "pydantic-ai": (recorded("pydantic-ai"), "pydantic-ai", "succeeded"),
    "subagents": (SUBAGENTS, "orchestrator", "running"),
    "interrupt": (INTERRUPTED, "orchestrator", "needs_input"),
}


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1_100])
@pytest.mark.parametrize("name", RUNS)
def test_runs_are_shown_without_a_violation(
    browser: Browser, name: str, width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 1_000}, color_scheme=scheme)
    page = context.new_page()
    document = PAGE.replace("<html", f"<html style='color-scheme: {scheme}; background: canvas'")
    show(page, document, events=a_run(*RUNS[name]), height="950px", tab="Timeline")
    for toggle in page.locator(".rtw-tool summary").all():
        if "draft" in (toggle.text_content() or "") or name != "subagents":
            toggle.click()

    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"timeline-{name}-{width}-{scheme}.png")
    assert violations(page, VIEW) == []
    context.close()


@pytest.mark.long
def test_5_000_nodes_have_fewer_than_300_rows_in_the_page_at_any_place(page: Page) -> None:
    steps = [
        {"type": "STEP_STARTED", "stepName": f"step {n}", "metadata": {}} for n in range(5_000)
    ]
    show(page, PAGE, events=a_run(steps, "planner"))
    rows = page.locator(".rtw-row")
    scroller = page.locator(".rtw-timeline-rows")
    assert rows.count() < 300

    for share in (0.75, 0.5, 0.25, 0):
        scroller.evaluate("(e, share) => { e.scrollTop = share * e.scrollHeight; }", share)
        first = round(share * 5_000)
        page.wait_for_function(
            "first => [...document.querySelectorAll('.rtw-row')].some(row =>"
            " Math.abs(row.ariaPosInSet - first) < 200)",
            arg=first,
            timeout=PATIENCE_MS,
        )
        assert rows.count() < 300
