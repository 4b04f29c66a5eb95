"""A page that shows the widget as a host does which this project does not know: no server, no Lab.

The test writes the document around it. The kernel is a list of events, sent over the comm.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Page

STATIC = Path(__file__).parents[2] / "realtime_widgets" / "static"

VIEW = ".realtime-widgets"

SHOW = """async ({ code, css, agents, selector, height, messages, isShadow }) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    const style = Object.assign(document.createElement("style"), { textContent: css });
    for (const place of document.querySelectorAll(selector)) {
        const el = document.createElement("div");
        const root = isShadow ? place.attachShadow({ mode: "open" }) : place;
        root.append(el);
        (isShadow ? root : document.head).append(style.cloneNode(true));
        const listeners = {};
        const traits = { key: String(Math.random()), sprint_id: "run", height, link: "kernel" };
        const model = {
            get: name => traits[name],
            set: (name, value) => { traits[name] = value; },
            save_changes: () => {},
            send: () => {},
            on: (name, callback) => (listeners[name] ??= new Set()).add(callback),
            off: (name, callback) => listeners[name]?.delete(callback),
        };
        widget.initialize({ model });
        widget.render({ model, el });
        for (const callback of listeners["msg:custom"]) {
            callback({ code: "agents", content: agents });
            callback({ stream: "s", n: 0, messages });
        }
    }
}"""

A_RUN: list[dict[str, Any]] = [
    {"type": "status_update", "status": "running"},
    {"type": "build_progress", "task": "train", "current": 3, "total": 10, "state": "running"},
    *(
        {"type": "log", "message": f"epoch {n}: loss {1 / (n + 1):.3f}", "level": level}
        for n, level in enumerate(["info", "debug", "warning", "error", "info"] * 8)
    ),
]


def _welcome(head: int, now: str) -> dict[str, Any]:
    return {
        "type": "welcome",
        "v": 1,
        "session": "s",
        "sprint_id": "run",
        "epoch": "e",
        "first": 1,
        "head": head,
        "entry": None,
        "recovered": None,
        "may_publish": True,
        "last_n": None,
        "limits": {
            "message_bytes": 1_048_576,
            "event_bytes": 262_144,
            "batch_events": 200,
            "batch_bytes": 65_536,
            "window": 5,
        },
        "ping_s": 25,
        "pong_s": 20,
        "server_time": now,
    }


def show(  # noqa: PLR0913 - all but two are optional and by name
    page: Page,
    document: str,
    *,
    selector: str = "main",
    height: str = "",
    events: Sequence[dict[str, Any]] = A_RUN,
    is_shadow: bool = False,
    tab: str | None = "Log",
) -> None:
    """Show a run in a document, in each element of that selector.

    Where the run has tabs, `tab` is selected; `A_RUN` has the last line of its log. None waits for
    nothing and selects nothing.
    """
    page.set_content(document)
    now = datetime.now(UTC).isoformat()
    stamped = [{"time": time.time(), **event} for event in events]
    welcome = _welcome(len(stamped), now)
    batch = {"first": 1, "entry": "b", "timestamp": now, "user": None, "events": stamped}
    messages = [welcome, {"type": "events", "epoch": "e", "batches": [batch]}]
    page.evaluate(
        SHOW,
        {
            "code": (STATIC / "widget.js").read_text(),
            "css": (STATIC / "widget.css").read_text(),
            "agents": (STATIC / "agents.js").read_text(),
            "selector": selector,
            "height": height,
            "messages": [json.dumps(message) for message in messages],
            "isShadow": is_shadow,
        },
    )
    if tab is None:
        return
    view = page.locator(VIEW).first
    last = view.get_by_text("epoch 39")
    last.or_(view.get_by_role("tablist")).first.wait_for()
    if view.get_by_role("tablist").count() == 1:
        view.get_by_role("tab", name=tab).click()
    if tab == "Log":
        last.wait_for()
