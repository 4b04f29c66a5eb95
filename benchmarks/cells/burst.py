# Sends as fast as it goes. Given: send, count.
import time as _time

_words = "step of the run took 0.123 s and went as it should; " * 3
_began = _time.monotonic()
for _number in range(1, count + 1):
    send(f"@n{_number:09d} {_words[:139]}")
_took = _time.monotonic() - _began
