# What one call costs the cell that makes it. Given: counts, by what is called; path, of a log file.
import json
import logging
import sys
import time

import anywidget
from comm import create_comm

from realtime_widgets import Sprint

WORDS = "step {} of the run took 0.123 s and went as it should"
clock = time.perf_counter_ns


def measure(call, count, each=None):
    """Median, p99 and mean of the time of a call; `each` is done between calls, and not counted."""
    for number in range(count // 10):
        call(WORDS.format(number))
    took = [0] * count
    for number in range(count):
        text = WORDS.format(number)
        began = clock()
        call(text)
        took[number] = clock() - began
        if each:
            each(number)
    took.sort()
    return {"median": took[count // 2], "p99": took[count * 99 // 100], "mean": sum(took) / count}


def rest(number):
    # A kernel that floods its channel for seconds measures the channel, not the call.
    if number % 200 == 199:
        time.sleep(0.02)


class Widget(anywidget.AnyWidget):
    _esm = "export default { render() {} }"


sprint = Sprint("call")
sprint.status("running")
sprint.flush(10)
logger = logging.getLogger("benchmark")
logger.propagate = False
logger.setLevel(logging.INFO)
handler = logging.FileHandler(path)
handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
logger.addHandler(handler)
comm = create_comm(target_name="benchmark")
widget = Widget()

calls = {
    "nothing (the clock)": (lambda text: None, None),
    "sprint.log": (sprint.log, None),
    "sprint.log, 1,000 a second": (sprint.log, lambda number: time.sleep(0.001)),
    "logging to a file": (logger.info, None),
    "print in a cell": (print, rest),
    "comm.send": (lambda text: comm.send({"type": "log", "message": text}), rest),
    "anywidget send": (lambda text: widget.send({"type": "log", "message": text}), rest),
}
results = {}
for name, (call, each) in calls.items():
    results[name] = measure(call, counts[name], each)
    sprint.flush(30)
results["lost"] = sprint.flush(30)
sys.stdout.flush()
print()
print(json.dumps(results))
