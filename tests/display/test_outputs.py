"""The outputs in a snapshot."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from realtime_widgets.display.render import as_html, as_text
from realtime_widgets.display.snapshot import build_snapshot
from realtime_widgets.protocol.events import validate_event
from realtime_widgets.protocol.run_state import RunState

PIXEL = base64.b64encode(b"\x89PNG pixel").decode()


def shown(*outputs: dict[str, Any]) -> tuple[str, str]:
    """The HTML and the text of the snapshot of a run with these outputs."""
    events = [{"type": "output", **output, "seq": seq} for seq, output in enumerate(outputs, 1)]
    state = RunState(sprint_id="run")
    for seq, event in enumerate(events, 1):
        state.apply(seq, "2026-11-22T00:00:00Z", [validate_event(event)])
    snapshot = build_snapshot(state, events)
    return as_html(snapshot), as_text(snapshot)


def test_the_newest_output_of_the_last_three_names_is_saved() -> None:
    html, text = shown(
        *({"name": name, "data": {"text/plain": f"text of {name}"}} for name in "abcd"),
        {"name": "b", "data": {"image/png": PIXEL}, "caption": '"><script>'},
    )

    assert "text of a" not in html
    assert "text of b" not in html
    assert all(f"text of {name}" in html for name in "cd")
    assert f'src="data:image/png;base64,{PIXEL}"' in html
    assert 'alt="b · &quot;&gt;&lt;script&gt;"' in html
    assert text.endswith('c: text of c\nd: text of d\nb · "><script>: (image)')


def test_an_image_is_made_small_and_one_that_cannot_be_is_its_caption() -> None:
    file = io.BytesIO()
    Image.effect_noise((260, 250), 100).save(file, "PNG")
    large = base64.b64encode(file.getvalue()).decode()
    damaged = base64.b64encode(bytes(90_000)).decode()

    html, _ = shown(
        {"name": "large", "data": {"image/png": large}},
        {"caption": "damaged", "data": {"image/png": damaged}},
    )

    assert 'src="data:image/jpeg;base64,' in html
    assert len(html) < 50_000
    assert "damaged" in html
    assert "data:image/png" not in html
