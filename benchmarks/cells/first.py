# How soon a fresh kernel can publish. Given: sprint_id.
import json
import time

began = time.perf_counter()
import realtime_widgets  # noqa: E402

imported = time.perf_counter()
sprint = realtime_widgets.Sprint(sprint_id)
made = time.perf_counter()
sprint.log("the first line")
called = time.perf_counter()
sprint.flush(10)
stored = time.perf_counter()
print(
    json.dumps(
        {
            "import_ms": (imported - began) * 1e3,
            "made_ms": (made - began) * 1e3,
            "called_ms": (called - began) * 1e3,
            "stored_ms": (stored - began) * 1e3,
        }
    )
)
