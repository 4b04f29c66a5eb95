# Publishes events of one agent, each an event in the log. Given: sprint_id, kind, count.
from realtime_widgets import Sprint

ALONE = {"timestamp": 0}  # with a further field, deltas are not joined
sprint = Sprint(sprint_id)
if kind == "tools":
    for number in range(count):
        call = {"toolCallId": str(number), **ALONE}
        sprint.agent_event("planner", {"type": "TOOL_CALL_START", "toolCallName": "sql", **call})
        sprint.agent_event("planner", {"type": "TOOL_CALL_END", **call})
        sprint.agent_event("planner", {"type": "TOOL_CALL_RESULT", "content": "rows", **call})
else:
    delta = {"text": "a ", "markdown": "**a** `b` and so on.\n\n"}[kind]
    message = {"messageId": "m", **ALONE}
    sprint.agent_event("planner", {"type": "TEXT_MESSAGE_START", "role": "assistant", **message})
    for _ in range(count):
        sprint.agent_event("planner", {"type": "TEXT_MESSAGE_CONTENT", "delta": delta, **message})
sprint.agent_event("planner", {"type": "CUSTOM", "name": "the last event"})
print(sprint.flush(120))
