# Writes the tokens of a message. Given: sprint_id, count; joined: whether they may be joined.
import json
import time

from realtime_widgets import Sprint, history

sprint = Sprint(sprint_id)
sprint.status("running")
sprint.flush(10)
TYPE = "TEXT_MESSAGE_CONTENT"
began = time.process_time()
if joined:
    with sprint.message("planner") as reply:
        for number in range(count):
            reply.write(f"token{number} ")
else:
    for number in range(count):
        # With a further field, an event is stored by itself.
        event = {"type": TYPE, "messageId": "m", "delta": f"token{number} ", "timestamp": number}
        sprint.agent_event("planner", event)
left = sprint.flush(120)
cpu = time.process_time() - began
stored = [event for event in history(sprint_id) if event.type == "agent_message"]
text = "".join(event.event.get("delta", "") for event in stored)
wrong = left + (text != "".join(f"token{number} " for number in range(count)))
print(json.dumps({"kernel_cpu_s": cpu, "stored": len(stored), "wrong": wrong}))
