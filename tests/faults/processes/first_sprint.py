"""Forks while another thread makes the very first sprint of the process.

Making it loads modules. That is slowed down here, so that the fork falls into it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from diary import Diary

from realtime_widgets import Sprint

SLOW = "websockets.asyncio.client"


class SlowLoading:
    """Finds nothing, and takes its time."""

    def __init__(self) -> None:
        self.has_begun = threading.Event()

    def find_spec(self, name: str, *_: object) -> None:
        if name == SLOW:
            self.has_begun.set()
            time.sleep(1.0)


def main() -> None:
    order = json.loads(sys.argv[1])
    diary = Diary(order["diary"])
    loading = SlowLoading()
    sys.meta_path.insert(0, loading)
    thread = threading.Thread(target=Sprint, args=(order["sprint"],))
    thread.start()
    loading.has_begun.wait()
    child = os.fork()
    if not child:
        faulthandler.dump_traceback_later(order["hang_s"], exit=True)
        sprint = Sprint(order["sprint"])
        sprint.log("from the child")
        os._exit(sprint.close(order["hang_s"]))
    _, status = os.waitpid(child, 0)
    diary.write("child", os.waitstatus_to_exitcode(status))
    thread.join()


if __name__ == "__main__":
    main()
