# Publishes log lines as fast as it can. Given: sprint_id, count.
import json
import time

from realtime_widgets import Sprint

WORDS = ("step of the run took 0.123 s and went as it should; " * 3)[:139]
sprint = Sprint(sprint_id)
sprint.status("running")
sprint.flush(10)
began = time.perf_counter()
for number in range(1, count + 1):
    sprint.log(f"@n{number:09d} {WORDS}")
called = time.perf_counter() - began
left = sprint.flush(120)
flushed = time.perf_counter() - began
print(json.dumps({"called_s": called, "flushed_s": flushed, "left": left}))
