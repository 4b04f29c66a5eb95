"""The outputs of a state: how many there are."""

from __future__ import annotations

from realtime_widgets.protocol.outputs.event import Output
from realtime_widgets.protocol.outputs.state import MAX_OUTPUTS, OutputState, update_outputs


def test_beyond_the_limit_the_output_with_the_oldest_event_is_left_out() -> None:
    outputs: list[OutputState] = []
    names = ["kept", "left out", *(None for _ in range(MAX_OUTPUTS - 2)), "kept", "one more"]

    for seq, name in enumerate(names, 1):
        event = Output(type="output", name=name, data={"text/plain": "x"})
        update_outputs(outputs, event, seq)

    named = [output.name for output in outputs if output.name]
    assert (len(outputs), named) == (MAX_OUTPUTS, ["kept", "one more"])
    assert outputs[0].seq == MAX_OUTPUTS + 1
